import { FileText } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { Button } from '../../components/button'
import { FileDrop } from '../../components/file-drop'
import { FieldGroup } from '../../components/field-group'
import { LinkButton } from '../../components/link-button'
import { EntityPicker } from '../../components/entity-picker'
import { Page } from '../../components/page'
import { Panel } from '../../components/panel'
import { ProgressBar } from '../../components/progress-bar'
import { formatBytes, pluralize } from '../../lib/format'
import { importMedia, type ImportState } from './import-media'
import styles from './import-page.module.css'
import { ImportResultPanel } from './import-result'

const EXAMPLE = `guid,location,duration_seconds
cpb-aacip-507-0r9m32nr3f,file:///data/0r9.mp4,1740
cpb-aacip-003a721989d,file:///data/003.mp3,3590`

export function ImportPage() {
  const [file, setFile] = useState<File | null>(null)
  const [atomic, setAtomic] = useState(false)
  const [update, setUpdate] = useState(false)
  const [collection, setCollection] = useState<{ id: string; name: string } | null>(null)
  const [state, setState] = useState<ImportState | null>(null)
  const stop = useRef<(() => void) | null>(null)
  useEffect(() => () => stop.current?.(), [])

  const under = state?.step === 'sending' || state?.step === 'reading'
  const start = (chosen: File) => {
    stop.current = importMedia(chosen, { atomic, update, collections: collection ? [collection.name] : [] }, setState)
    setState({ step: 'sending', sent: 0, size: chosen.size })
  }
  return (
    <Page
      title="Import media files"
      crumbs={[{ label: 'Media', link: { to: '/media' } }]}
      about="From a CSV or JSON Lines file, by the hundred thousand. The same file again changes nothing."
    >
      <div className={styles.columns}>
        <div>
          <Panel title="The file">
            <div className={styles.form}>
              {file === null ? (
                <FileDrop
                  what="a CSV or JSON Lines file"
                  accept=".csv,.tsv,.jsonl,.ndjson,.json,text/csv"
                  onFiles={([chosen = null]) => {
                    setFile(chosen)
                    setState(null)
                  }}
                />
              ) : (
                <div className={styles.file}>
                  <FileText aria-hidden size={18} />
                  <strong>{file.name}</strong>
                  <span className={styles.quiet}>{formatBytes(file.size)}</span>
                  {!under && (
                    <Button
                      small
                      onClick={() => {
                        setFile(null)
                        setState(null)
                      }}
                    >
                      Another file
                    </Button>
                  )}
                </div>
              )}
              <fieldset className={styles.options} disabled={under}>
                <legend className="unseen">How it is imported</legend>
                <Switch
                  checked={atomic}
                  onChange={setAtomic}
                  label="All or nothing"
                  help="One bad row, and nothing is kept. Else the good rows are kept, and the bad ones told."
                />
                <Switch
                  checked={update}
                  onChange={setUpdate}
                  label="Change what is there already"
                  help="A media file that is there gets the documents of its rows. Without this, a row with other documents than it has is a bad row."
                />
                <FieldGroup label="Into a collection" help="Beside those that the rows name themselves.">
                  <EntityPicker
                    kind="collection"
                    label="Into a collection"
                    look="field"
                    placeholder="None"
                    chosen={collection?.id ?? null}
                    onChoose={setCollection}
                  />
                </FieldGroup>
              </fieldset>
              <div className={styles.actions}>
                <Button kind="primary" busy={under} disabled={file === null} onClick={() => file && start(file)}>
                  Import
                </Button>
                {under && (
                  <Button
                    onClick={() => {
                      stop.current?.()
                      setState({ step: 'failed', message: 'You stopped it. Nothing was kept.' })
                    }}
                  >
                    Stop
                  </Button>
                )}
              </div>
            </div>
          </Panel>
          {state && (
            <div aria-live="polite">
              <Panel title={TITLES[state.step]}>
                <Progress state={state} size={file?.size ?? 0} />
              </Panel>
            </div>
          )}
        </div>
        <Panel title="What it looks like">
          <div className={styles.help}>
            <p>
              A row for each document, with a header. Several rows of one GUID are several documents. JSON Lines have
              the same names as keys.
            </p>
            <pre className={styles.example} tabIndex={0} aria-label="An example of a CSV">
              {EXAMPLE}
            </pre>
            <dl className={styles.names}>
              <Name name="guid" about="Or asset_id. Where it is missing it is read from the file’s name." />
              <Name name="location" about="Where the app sees it: file:///…, https://…" />
              <Name name="type" about="video, audio, text or image; else it is told by the MIME type or the name’s end." />
              <Name name="mime, size_bytes, duration_seconds, checksum" about="Where they are known." />
              <Name name="collection" about="A name; it is made where it is missing." />
            </dl>
          </div>
        </Panel>
      </div>
    </Page>
  )
}

const TITLES = { sending: 'Sending', reading: 'Reading', done: 'What became of it', failed: 'Nothing was kept' }

function Progress({ state, size }: { state: ImportState; size: number }) {
  switch (state.step) {
    case 'sending':
      return (
        <div className={styles.progress}>
          <ProgressBar label="Sent" percent={size === 0 ? 0 : (100 * state.sent) / size} />
          <p>
            {formatBytes(state.sent)} of {formatBytes(size)} sent
          </p>
        </div>
      )
    case 'reading':
      return <p>{state.rows === 0 ? 'The rows are being read …' : `${pluralize(state.rows, 'row')} read …`}</p>
    case 'failed':
      return (
        <p role="alert" className={styles.wrong}>
          {state.message}
        </p>
      )
    case 'done':
      return (
        <>
          <ImportResultPanel result={state.result} badRows={state.badRows} />
          {state.result.kept && (
            <div className={styles.actions}>
              <LinkButton to="/media">To the media files</LinkButton>
            </div>
          )}
        </>
      )
  }
}

function Switch({
  checked,
  onChange,
  label,
  help,
}: {
  checked: boolean
  onChange: (checked: boolean) => void
  label: string
  help: string
}) {
  return (
    <label className={styles.switch}>
      <input type="checkbox" checked={checked} onChange={(event) => onChange(event.target.checked)} />
      <span>
        <strong>{label}</strong>
        <small>{help}</small>
      </span>
    </label>
  )
}

function Name({ name, about }: { name: string; about: string }) {
  return (
    <div>
      <dt>
        <code>{name}</code>
      </dt>
      <dd>{about}</dd>
    </div>
  )
}
