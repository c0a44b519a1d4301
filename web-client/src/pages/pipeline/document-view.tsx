import { Copy, Download } from 'lucide-react'
import { useEffect, useMemo } from 'react'
import { useQuery } from 'urql'
import { Button } from '../../components/button'
import { QueryResult } from '../../components/query-result'
import { AnchorButton } from '../../components/link-button'
import { Panel } from '../../components/panel'
import { Select } from '../../components/select'
import { showToast, showErrorToast } from '../../components/toast'
import { graphql } from '../../lib/graphql'
import styles from './document-view.module.css'
import type { PipelineDetails } from './pipeline-query'
import type { PipelineSearch } from './route'

const Documents = graphql(`
  query PipelineDocuments($id: ID!, $format: DocumentFormat!) {
    pipeline(id: $id) { id versions { version document(format: $format) } }
  }
`)

interface DocumentViewProps {
  pipeline: PipelineDetails
  search: PipelineSearch
  onSearch: (part: Partial<PipelineSearch>) => void
}

/** A version of a pipeline as text. Import reads it, here or in another Chowda. */
export function DocumentView({ pipeline, search, onSearch }: DocumentViewProps) {
  const format = search.format ?? 'YAML'
  const [result, query] = useQuery({
    query: Documents,
    variables: { id: pipeline.id, format },
    requestPolicy: 'cache-first',
  })
  const version = search.version ?? String(pipeline.version)
  return (
    <Panel
      title="Text"
      beside={
        <div className={styles.picks}>
          <Select
            label="Version"
            choices={pipeline.versions.map((each) => ({ value: String(each.version), label: `Version ${each.version}` }))}
            chosen={version}
            onChoose={(value) => onSearch({ version: value === String(pipeline.version) ? undefined : value })}
          />
          <Select
            label="Format"
            choices={[
              { value: 'YAML', label: 'YAML' },
              { value: 'JSON', label: 'JSON' },
            ]}
            chosen={format}
            onChoose={(value) => onSearch({ format: value === 'JSON' ? 'JSON' : undefined })}
          />
        </div>
      }
      flush
    >
      <QueryResult result={result} label="Text" onRetry={() => query({ requestPolicy: 'network-only' })}>
        {({ pipeline: read }) => {
          const text = read?.versions.find((each) => String(each.version) === version)?.document
          if (text === undefined) return <p className={styles.none}>There is no version {version}.</p>
          return <Text text={text} name={`${fileName(pipeline.name)}-v${version}.${format.toLowerCase()}`} />
        }}
      </QueryResult>
    </Panel>
  )
}

function Text({ text, name }: { text: string; name: string }) {
  const address = useMemo(() => URL.createObjectURL(new Blob([text], { type: 'text/plain' })), [text])
  useEffect(() => () => URL.revokeObjectURL(address), [address])
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text)
      showToast('Copied.')
    } catch {
      showErrorToast('Can’t copy the text', 'The browser does not allow it. Select the text and copy it.')
    }
  }
  return (
    <>
      <div className={styles.actions}>
        <Button small icon={<Copy aria-hidden size={15} />} onClick={() => void copy()}>
          Copy
        </Button>
        <AnchorButton small icon={<Download aria-hidden size={15} />} href={address} download={name}>
          Download {name}
        </AnchorButton>
      </div>
      {/* Scrollable, so it must be focusable. */}
      <pre className={styles.text} tabIndex={0} aria-label="Pipeline text" role="region">
        {text}
      </pre>
    </>
  )
}

function fileName(name: string): string {
  return name.toLowerCase().replace(/[^\p{Letter}\p{Number}]+/gu, '-').replace(/^-|-$/g, '') || 'pipeline'
}
