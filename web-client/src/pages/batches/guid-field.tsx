import { FileText } from 'lucide-react'
import { useMemo } from 'react'
import { Button } from '../../components/button'
import { Field } from '../../components/field'
import { FileDrop } from '../../components/file-drop'
import { TextArea } from '../../components/text-input'
import { formatBytes, pluralize } from '../../lib/format'
import { readTextFile } from '../../lib/text-file'
import styles from './guid-field.module.css'
import { linesOf } from './guid-lines'
import type { GuidReading, GuidText } from './guid-reading'

interface GuidFieldProps {
  value: GuidText
  onChange: (value: GuidText) => void
  reading: GuidReading | null
  busy: boolean
  /** Why it could not be read, or what keeps the batch from being made. */
  error: string | null
  /** Mistakes are left out. */
  lenient: boolean
  onLenient: (lenient: boolean) => void
}

const LIMIT_BYTES = 16_000_000

/** GUIDs as people have them: pasted, or in a file; what is wrong with them stands below. */
export function GuidField({ value, onChange, reading, busy, error, lenient, onLenient }: GuidFieldProps) {
  const take = async (file: File) => {
    onChange(
      file.size > LIMIT_BYTES
        ? { text: '', fileName: `${file.name} is ${formatBytes(file.size)} long; at most 16 MB can be read here.` }
        : { text: await readTextFile(file), fileName: file.name },
    )
  }
  const tooLarge = value.fileName !== undefined && value.text === ''
  return (
    <div className={styles.field}>
      <FileDrop what="a CSV or text file" accept=".csv,.tsv,.txt,text/plain,text/csv" onFiles={([file]) => file && void take(file)}>
        <Field
          label="GUIDs"
          help="One on each line, or with spaces, commas or semicolons between them. Of a CSV: its column guid or asset_id, else its first."
          error={error ?? (tooLarge ? value.fileName : undefined)}
        >
          {value.fileName === undefined || tooLarge ? (
            <TextArea
              value={value.text}
              rows={4}
              spellCheck={false}
              placeholder={'cpb-aacip-507-0r9m32nr3f\ncpb-aacip-003a721989d'}
              className={styles.text}
              onChange={(event) => onChange({ text: event.target.value })}
            />
          ) : (
            <div className={styles.file}>
              <FileText aria-hidden size={18} />
              <span className={styles.fileName}>{value.fileName}</span>
              <span className={styles.quiet}>{formatBytes(value.text.length)}</span>
              <Button small onClick={() => onChange({ text: '' })}>
                Take it away
              </Button>
            </div>
          )}
        </Field>
      </FileDrop>
      <div aria-live="polite">
        {busy && <p className={styles.quiet}>Looking them up …</p>}
        {reading && <Reading text={value.text} reading={reading} lenient={lenient} onLenient={onLenient} />}
      </div>
    </div>
  )
}

function Reading({
  text,
  reading,
  lenient,
  onLenient,
}: {
  text: string
  reading: GuidReading
  lenient: boolean
  onLenient: (lenient: boolean) => void
}) {
  const { found, unknown, repeated } = reading
  const lines = useMemo(() => linesOf(text, [...unknown, ...repeated]), [text, unknown, repeated])
  const mistakes = unknown.length + repeated.length
  return (
    <div className={styles.reading}>
      <p className={mistakes === 0 ? styles.good : undefined}>
        {found.length === 0 ? 'No media file of these is known.' : `${pluralize(found.length, 'media file')} found.`}
      </p>
      <Mistakes title={`${pluralize(unknown.length, 'GUID is', 'GUIDs are')} unknown`} guids={unknown} lines={lines} />
      <Mistakes
        title={`${pluralize(repeated.length, 'GUID stands', 'GUIDs stand')} here more than once`}
        guids={repeated}
        lines={lines}
      />
      {mistakes > 0 && found.length > 0 && (
        <label className={styles.lenient}>
          <input type="checkbox" checked={lenient} onChange={(event) => onLenient(event.target.checked)} />
          Go on with the {pluralize(found.length, 'media file')} that were found, each once
        </label>
      )}
    </div>
  )
}

const SHOWN = 6
const LINES_SHOWN = 4

function Mistakes({ title, guids, lines }: { title: string; guids: string[]; lines: Map<string, number[]> }) {
  if (guids.length === 0) return null
  return (
    <div className={styles.mistakes}>
      <p>{title}</p>
      <ul>
        {guids.slice(0, SHOWN).map((guid) => (
          <li key={guid}>
            <code>{guid}</code> <span>{placeOf(lines.get(guid) ?? [])}</span>
          </li>
        ))}
        {guids.length > SHOWN && <li>… and {guids.length - SHOWN} more</li>}
      </ul>
    </div>
  )
}

function placeOf(lines: number[]): string {
  if (lines.length === 0) return ''
  const shown = lines.slice(0, LINES_SHOWN).join(', ')
  return `${lines.length === 1 ? 'line' : 'lines'} ${shown}${lines.length > LINES_SHOWN ? ', …' : ''}`
}
