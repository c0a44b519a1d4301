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

  const isRunning = state?.step === 'sending' || state?.step === 'reading'
  const start = (upload: File) => {
    stop.current = importMedia(upload, { atomic, update, collections: collection ? [collection.name] : [] }, setState)
    setState({ step: 'sending', sent: 0, size: upload.size })
  }
  return (
    <Page
      title="Import media files"
      crumbs={[{ label: 'Media', link: { to: '/media' } }]}
      about="Import a CSV or JSON Lines file with up to hundreds of thousands of rows. Importing the same file again changes nothing."
    >
      <div className={styles.columns}>
        <div>
          <Panel title="File">
            <div className={styles.form}>
              {file === null ? (
                <FileDrop
                  what="a CSV or JSON Lines file"
                  accept=".csv,.tsv,.jsonl,.ndjson,.json,text/csv"
                  onFiles={([selected = null]) => {
                    setFile(selected)
                    setState(null)
                  }}
                />
              ) : (
                <div className={styles.file}>
                  <FileText aria-hidden size={18} />
                  <strong>{file.name}</strong>
                  <span className={styles.quiet}>{formatBytes(file.size)}</span>
                  {!isRunning && (
                    <Button
                      small
                      onClick={() => {
                        setFile(null)
                        setState(null)
                      }}
                    >
                      Change file
                    </Button>
                  )}
                </div>
              )}
              <fieldset className={styles.options} disabled={isRunning}>
                <legend className="unseen">Import options</legend>
                <Switch
                  checked={atomic}
                  onChange={setAtomic}
                  label="All or nothing"
                  help="If a row is bad, nothing is imported. Otherwise, good rows are imported. Bad rows are listed."
                />
                <Switch
                  checked={update}
                  onChange={setUpdate}
                  label="Update existing files"
                  help="Replaces the documents of existing media files. Otherwise, a row with different documents is a bad row."
                />
                <FieldGroup label="Add to collection" help="In addition to the collections that the rows name.">
                  <EntityPicker
                    kind="collection"
                    label="Add to collection"
                    look="field"
                    placeholder="None"
                    chosen={collection?.id ?? null}
                    onChoose={setCollection}
                  />
                </FieldGroup>
              </fieldset>
              <div className={styles.actions}>
                <Button kind="primary" busy={isRunning} disabled={file === null} onClick={() => file && start(file)}>
                  Import
                </Button>
                {isRunning && (
                  <Button
                    onClick={() => {
                      stop.current?.()
                      setState({ step: 'failed', message: 'You stopped the import. Nothing was imported.' })
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
        <Panel title="File format">
          <div className={styles.help}>
            <p>
              Start with a header, then write one row per document. Rows with the same GUID belong to the same media
              file. In JSON Lines, use the same names as keys.
            </p>
            <pre className={styles.example} tabIndex={0} aria-label="Example CSV">
              {EXAMPLE}
            </pre>
            <dl className={styles.names}>
              <Column name="guid" about="Or asset_id. If it is missing, Chowda takes it from the file name." />
              <Column name="location" about="The location as the app sees it: file:///…, https://…" />
              <Column name="type" about="video, audio, text or image. If it is missing, Chowda uses the MIME type or the file extension." />
              <Column name="mime, size_bytes, duration_seconds, checksum" about="Optional." />
              <Column name="collection" about="The name of a collection. Chowda creates the collection if it does not exist." />
            </dl>
          </div>
        </Panel>
      </div>
    </Page>
  )
}

const TITLES = { sending: 'Upload', reading: 'Import', done: 'Result', failed: 'Import failed' }

function Progress({ state, size }: { state: ImportState; size: number }) {
  switch (state.step) {
    case 'sending':
      return (
        <div className={styles.progress}>
          <ProgressBar label="Upload" percent={size === 0 ? 0 : (100 * state.sent) / size} />
          <p>
            {formatBytes(state.sent)} of {formatBytes(size)} uploaded
          </p>
        </div>
      )
    case 'reading':
      return <p>{state.rows === 0 ? 'Reading the rows …' : `${pluralize(state.rows, 'row')} read …`}</p>
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
              <LinkButton to="/media">View media files</LinkButton>
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

function Column({ name, about }: { name: string; about: string }) {
  return (
    <div>
      <dt>
        <code>{name}</code>
      </dt>
      <dd>{about}</dd>
    </div>
  )
}
