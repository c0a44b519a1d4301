import { FileText, SearchX } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Button } from '../../../components/button'
import { EmptyState } from '../../../components/empty-state'
import { SearchField } from '../../../components/search-field'
import { Select } from '../../../components/select'
import { Tag } from '../../../components/tag'
import { formatCount, pluralize } from '../../../lib/format'
import { HighlightedText } from './highlighted-text'
import type { MmifText, Path } from './mmif-document'
import type { MmifReader } from './mmif-reader'
import type { ViewSummary } from './mmif-summary'
import styles from './texts-view.module.css'
import { viewLabel } from './view-label'
import { FullTextDialog } from './full-text-dialog'

interface TextsViewProps {
  reader: MmifReader
  views: ViewSummary[]
  /** The ID of the view to which the list is limited. Null means all views. */
  view: string | null
  find: string
  onChange: (change: { view?: string | undefined; find?: string | undefined }) => void
}

const PAGE = 100
const ALL = '*' // never the ID of a view

/** Recognized texts, in the order of the MMIF. */
export function TextsView({ reader, views, view, find, onChange }: TextsViewProps) {
  const [shown, setShown] = useState({ view, find, count: PAGE })
  const [found, setFound] = useState<{ total: number; texts: MmifText[] } | null>(null)
  const [fullTextPath, setFullTextPath] = useState<Path | null>(null)
  if (shown.view !== view || shown.find !== find) setShown({ view, find, count: PAGE })
  useEffect(() => {
    let canceled = false
    void reader.call('texts', view, find, 0, shown.count).then((answer) => !canceled && setFound(answer))
    return () => {
      canceled = true
    }
  }, [reader, view, find, shown.count])
  const withTexts = views.filter((each) => each.texts > 0)
  const filtered = view !== null || find !== ''
  return (
    <div>
      <div className={styles.bar}>
        <SearchField
          label="Search the texts"
          value={find}
          onSearch={(text) => onChange({ find: text || undefined })}
        />
        {withTexts.length > 1 && (
          <Select
            label="View"
            choices={[
              { value: ALL, label: 'All views' },
              ...withTexts.map((each) => ({
                value: each.id,
                label: viewLabel(each),
                about: pluralize(each.texts, 'text'),
              })),
            ]}
            chosen={view ?? ALL}
            onChoose={(chosen) => onChange({ view: chosen === ALL ? undefined : chosen })}
          />
        )}
        <span role="status" className={styles.count}>
          {found && pluralize(found.total, 'text')}
        </span>
      </div>
      {found?.total === 0 && (
        <EmptyState
          icon={filtered ? <SearchX size={26} /> : <FileText size={26} />}
          title={filtered ? 'No text matches' : 'No texts'}
        >
          {filtered
            ? 'Try another search term or another view.'
            : 'No app found text in this file, or the text is stored outside the MMIF.'}
        </EmptyState>
      )}
      {found && found.total > 0 && (
        <ol className={styles.texts}>
          {found.texts.map((each) => (
            <li key={each.path.join('.')}>
              <div className={styles.where}>
                <Tag>{each.view || 'document'}</Tag>
                <code>{each.id}</code>
              </div>
              <p>
                <HighlightedText text={each.text} find={find} />
                {each.cut && (
                  <Button small kind="quiet" onClick={() => setFullTextPath(each.path)}>
                    … Show full text
                  </Button>
                )}
              </p>
            </li>
          ))}
        </ol>
      )}
      {found && found.texts.length < found.total && (
        <div className={styles.more}>
          <span>
            {formatCount(found.texts.length)} of {formatCount(found.total)} are shown.
          </span>
          <Button small onClick={() => setShown({ ...shown, count: shown.count + PAGE })}>
            Show {Math.min(PAGE, found.total - found.texts.length)} more
          </Button>
        </div>
      )}
      {fullTextPath && <FullTextDialog reader={reader} path={fullTextPath} onClose={() => setFullTextPath(null)} />}
    </div>
  )
}
