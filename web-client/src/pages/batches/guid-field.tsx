import { FileText } from 'lucide-react'
import { useMemo } from 'react'
import { Button } from '../../components/button'
import { Field } from '../../components/field'
import { FileDrop } from '../../components/file-drop'
import { TextArea } from '../../components/text-input'
import { formatBytes, pluralize } from '../../lib/format'
import { readTextFile } from '../../lib/text-file'
import styles from './guid-field.module.css'
import { findLines } from './guid-lines'
import type { GuidReading, GuidText } from './guid-reading'

interface GuidFieldProps {
  value: GuidText
  onChange: (value: GuidText) => void
  reading: GuidReading | null
  busy: boolean
  /** Why the text could not be read, or why the batch cannot be created. */
  error: string | null
  /** Continue without the GUIDs that have a problem. */
  skipProblems: boolean
  onSkipProblemsChange: (skipProblems: boolean) => void
}

const LIMIT_BYTES = 16_000_000

/** GUIDs, pasted or from a file, with their problems below. */
export function GuidField({ value, onChange, reading, busy, error, skipProblems, onSkipProblemsChange }: GuidFieldProps) {
  const readFile = async (file: File) => {
    onChange(
      file.size > LIMIT_BYTES
        ? { text: '', fileName: `${file.name} has ${formatBytes(file.size)}. The limit is 16 MB. Split the file.` }
        : { text: await readTextFile(file), fileName: file.name },
    )
  }
  const tooLarge = value.fileName !== undefined && value.text === ''
  return (
    <div className={styles.field}>
      <FileDrop what="a CSV or text file" accept=".csv,.tsv,.txt,text/plain,text/csv" onFiles={([file]) => file && void readFile(file)}>
        <Field
          label="GUIDs"
          help="Separate them with line breaks, spaces, commas or semicolons. In a CSV, the column guid or asset_id is read, or else the first column."
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
                Remove file
              </Button>
            </div>
          )}
        </Field>
      </FileDrop>
      <div aria-live="polite">
        {busy && <p className={styles.quiet}>Checking the GUIDs …</p>}
        {reading && (
          <ReadingResult
            text={value.text}
            reading={reading}
            skipProblems={skipProblems}
            onSkipProblemsChange={onSkipProblemsChange}
          />
        )}
      </div>
    </div>
  )
}

function ReadingResult({
  text,
  reading,
  skipProblems,
  onSkipProblemsChange,
}: {
  text: string
  reading: GuidReading
  skipProblems: boolean
  onSkipProblemsChange: (skipProblems: boolean) => void
}) {
  const { found, unknown, repeated } = reading
  const lines = useMemo(() => findLines(text, [...unknown, ...repeated]), [text, unknown, repeated])
  const problemCount = unknown.length + repeated.length
  return (
    <div className={styles.reading}>
      <p className={problemCount === 0 ? styles.good : undefined}>
        {found.length === 0 ? 'No media files found.' : `${pluralize(found.length, 'media file')} found.`}
      </p>
      <Problems title={pluralize(unknown.length, 'unknown GUID')} guids={unknown} lines={lines} />
      <Problems title={pluralize(repeated.length, 'duplicate GUID')} guids={repeated} lines={lines} />
      {problemCount > 0 && found.length > 0 && (
        <label className={styles.skip}>
          <input type="checkbox" checked={skipProblems} onChange={(event) => onSkipProblemsChange(event.target.checked)} />
          Continue with the {pluralize(found.length, 'media file')} found
        </label>
      )}
    </div>
  )
}

const SHOWN = 6
const LINES_SHOWN = 4

function Problems({ title, guids, lines }: { title: string; guids: string[]; lines: Map<string, number[]> }) {
  if (guids.length === 0) return null
  return (
    <div className={styles.problems}>
      <p>{title}</p>
      <ul>
        {guids.slice(0, SHOWN).map((guid) => (
          <li key={guid}>
            <code>{guid}</code> <span>{lineLabel(lines.get(guid) ?? [])}</span>
          </li>
        ))}
        {guids.length > SHOWN && <li>… and {guids.length - SHOWN} more</li>}
      </ul>
    </div>
  )
}

function lineLabel(lines: number[]): string {
  if (lines.length === 0) return ''
  const shown = lines.slice(0, LINES_SHOWN).join(', ')
  return `${lines.length === 1 ? 'line' : 'lines'} ${shown}${lines.length > LINES_SHOWN ? ', …' : ''}`
}
