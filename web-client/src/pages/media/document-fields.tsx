import { Plus, Trash2 } from 'lucide-react'
import { Button } from '../../components/button'
import { Field } from '../../components/field'
import { Select } from '../../components/select'
import { TextInput } from '../../components/text-input'
import { newDraft, type DocumentDraft, type DocumentErrors } from './document-draft'
import styles from './document-fields.module.css'
import { TYPE_LABELS } from './document-labels'
import { DOCUMENT_TYPES } from './media-search'

const TYPES = DOCUMENT_TYPES.map((value) => ({ value, label: TYPE_LABELS[value] }))

interface DocumentFieldsProps {
  documents: DocumentDraft[]
  /** In the order of the documents. */
  errors: DocumentErrors[]
  onChange: (documents: DocumentDraft[]) => void
}

/** Form fields for the documents of a media file. */
export function DocumentFields({ documents, errors, onChange }: DocumentFieldsProps) {
  const change = (key: number, part: Partial<DocumentDraft>) =>
    onChange(documents.map((document) => (document.key === key ? { ...document, ...part } : document)))
  return (
    <div className={styles.documents}>
      {documents.map((document, index) => (
        <fieldset key={document.key} className={styles.document}>
          <legend>{documents.length === 1 ? 'Document' : `Document ${index + 1}`}</legend>
          <div className={styles.row}>
            <Field label="Type">
              <Select choices={TYPES} chosen={document.type} onChoose={(type) => change(document.key, { type })} />
            </Field>
            <Field label="Location" error={errors[index]?.location} help="The location as the app sees it inside its container.">
              <TextInput
                value={document.location}
                placeholder="file:///data/tape.mp4"
                spellCheck={false}
                onChange={(event) => change(document.key, { location: event.target.value })}
              />
            </Field>
            {documents.length > 1 && (
              <Button
                kind="quiet"
                aria-label={`Remove document ${index + 1}`}
                icon={<Trash2 aria-hidden size={16} />}
                className={styles.remove}
                onClick={() => onChange(documents.filter(({ key }) => key !== document.key))}
              />
            )}
          </div>
          <div className={styles.pair}>
            <Field label="MIME type">
              <TextInput
                value={document.mime}
                placeholder="video/mp4"
                onChange={(event) => change(document.key, { mime: event.target.value })}
              />
            </Field>
            <Field label="Length" error={errors[index]?.length}>
              <TextInput
                value={document.length}
                placeholder="1:02:30"
                onChange={(event) => change(document.key, { length: event.target.value })}
              />
            </Field>
          </div>
        </fieldset>
      ))}
      <Button small icon={<Plus aria-hidden size={15} />} onClick={() => onChange([...documents, newDraft()])}>
        Add document
      </Button>
    </div>
  )
}
