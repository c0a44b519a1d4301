import { useNavigate } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { Button } from '../../components/button'
import { FileDrop } from '../../components/file-drop'
import { Page } from '../../components/page'
import { Panel } from '../../components/panel'
import { showToast } from '../../components/toast'
import { errorMessage, useThrowingMutation } from '../../lib/mutation'
import { readTextFile } from '../../lib/text-file'
import { ImportPipeline, useImportCheck, type ImportInput } from './import-check'
import styles from './import-page.module.css'
import { ImportResult } from './import-result'
import { NumberedText } from './numbered-text'

interface Settings {
  name: string
  asNewVersion: boolean
  /** App IDs by step position. */
  apps: Readonly<Record<number, string>>
}

const NO_SETTINGS: Settings = { name: '', asNewVersion: false, apps: {} }

/** Imports a pipeline from text: from the Text tab of a pipeline, or a clams-kitchen recipe. */
export function ImportPipelinePage() {
  const [text, setText] = useState('')
  const [settings, setSettings] = useState(NO_SETTINGS)
  const [failure, setFailure] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const input = useMemo(() => inputOf(text, settings), [text, settings])
  const check = useImportCheck(input)
  const run = useThrowingMutation(ImportPipeline)
  const navigate = useNavigate()

  const write = (next: string) => {
    setText(next)
    setSettings(NO_SETTINGS)
    setFailure(null)
  }
  const save = async () => {
    if (!input) return
    setBusy(true)
    try {
      const { importPipeline } = await run({ input })
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
      title="Import pipeline"
      crumbs={[{ label: 'Pipelines', link: { to: '/pipelines' } }]}
      about="Import YAML or JSON from Chowda, or a clams-kitchen recipe."
      actions={
        <Button kind="primary" disabled={!ready} busy={busy} onClick={() => void save()}>
          {check.found?.outcome === 'NEW_VERSION' ? 'Import as new version' : 'Import'}
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
            label="Pipeline text"
            value={text}
            onChange={write}
            problems={problems}
            placeholder={EXAMPLE}
          />
        </FileDrop>
        <Panel title="Preview">
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

function inputOf(text: string, { name, asNewVersion, apps }: Settings): ImportInput | null {
  if (text.trim() === '') return null
  return {
    text,
    name: name.trim() || null,
    asNewVersion,
    dryRun: false,
    apps: Object.entries(apps).map(([position, appId]) => ({ position: Number(position), appId })),
  }
}
