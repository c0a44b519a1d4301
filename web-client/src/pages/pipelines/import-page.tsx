import { useNavigate } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { Button } from '../../components/button'
import { FileDrop } from '../../components/file-drop'
import { Page } from '../../components/page'
import { Panel } from '../../components/panel'
import { showToast } from '../../components/toast'
import { errorMessage, useThrowingMutation } from '../../lib/mutation'
import { readTextFile } from '../../lib/text-file'
import { ImportPipeline, useImportCheck, type Wanted } from './import-check'
import styles from './import-page.module.css'
import { ImportResult } from './import-result'
import { NumberedText } from './numbered-text'

interface Settings {
  name: string
  asNewVersion: boolean
  /** By position: app IDs. */
  apps: Readonly<Record<number, string>>
}

const AS_WRITTEN: Settings = { name: '', asNewVersion: false, apps: {} }

/** A pipeline from text: what "As text" gives, or a recipe of clams-kitchen. */
export function ImportPipelinePage() {
  const [text, setText] = useState('')
  const [settings, setSettings] = useState(AS_WRITTEN)
  const [failure, setFailure] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const wanted = useMemo(() => wantedBy(text, settings), [text, settings])
  const check = useImportCheck(wanted)
  const run = useThrowingMutation(ImportPipeline)
  const navigate = useNavigate()

  const write = (next: string) => {
    setText(next)
    setSettings(AS_WRITTEN)
    setFailure(null)
  }
  const save = async () => {
    if (!wanted) return
    setBusy(true)
    try {
      const { importPipeline } = await run({ input: wanted })
      const { pipeline } = importPipeline
      if (!pipeline) return
      showToast(pipeline.version === 1 ? `${pipeline.name} is imported.` : `${pipeline.name} has version ${pipeline.version}.`)
      void navigate({ to: '/pipelines/$pipelineId', params: { pipelineId: pipeline.id } })
    } catch (error) {
      setFailure(errorMessage(error))
    } finally {
      setBusy(false)
    }
  }
  const ready = check.current && (check.found?.outcome === 'CREATED' || check.found?.outcome === 'NEW_VERSION')
  const problems = check.found?.problems ?? []

  return (
    <Page
      title="Import a pipeline"
      crumbs={[{ label: 'Pipelines', link: { to: '/pipelines' } }]}
      about="From YAML or JSON that a Chowda wrote, or from a recipe of clams-kitchen."
      actions={
        <Button kind="primary" disabled={!ready} busy={busy} onClick={() => void save()}>
          {check.found?.outcome === 'NEW_VERSION' ? 'Import as a new version' : 'Import'}
        </Button>
      }
    >
      <div className={styles.sides}>
        <FileDrop
          what="a pipeline or a recipe"
          accept=".yaml,.yml,.json,.txt"
          onFiles={([file]) => file && void readTextFile(file).then(write)}
        >
          <NumberedText
            label="The pipeline as text"
            value={text}
            onChange={write}
            problems={problems}
            placeholder={EXAMPLE}
          />
        </FileDrop>
        <Panel title="What would be made of it">
          <ImportResult
            check={check}
            failure={failure ?? check.failure}
            name={settings.name}
            asNewVersion={settings.asNewVersion}
            apps={settings.apps}
            onSettings={(part) => setSettings((known) => ({ ...known, ...part }))}
          />
        </Panel>
      </div>
    </Page>
  )
}

const EXAMPLE = `name: Text on slates
steps:
  - app: http://apps.clams.ai/swt-detection/v8.9
    parameters:
      tpSampleRate: 500
  - app: http://apps.clams.ai/tesseract/v2.1`

function wantedBy(text: string, { name, asNewVersion, apps }: Settings): Wanted | null {
  if (text.trim() === '') return null
  return {
    text,
    name: name.trim() || null,
    asNewVersion,
    dryRun: false,
    apps: Object.entries(apps).map(([position, appId]) => ({ position: Number(position), appId })),
  }
}
