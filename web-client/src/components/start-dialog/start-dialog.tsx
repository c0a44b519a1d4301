import { useState } from 'react'
import { useQuery } from 'urql'
import { runBulkMutation, BulkOutcome, previewBulkMutation } from '../../lib/bulk-mutation'
import { errorMessage } from '../../lib/mutation'
import { graphql } from '../../lib/graphql'
import { pluralize } from '../../lib/format'
import { Button } from '../button'
import { ComboBox } from '../combo-box'
import { Dialog } from '../dialog'
import { Field } from '../field'
import { Select, type Choice } from '../select'
import { showToast } from '../toast'
import { usePreview } from '../use-preview'
import { overrideOf } from './overrides'
import styles from './start-dialog.module.css'
import { usePipelineToStart } from './pipeline-to-start'
import { StepParameters } from './step-parameters'
import { StartCount, StartSummary } from './start-summary'

const BatchChoices = graphql(`
  query BatchChoices($text: String) {
    batches(first: 30, filter: { text: $text }) {
      nodes {
        id
        name
        mediaFileCount
        pipeline {
          id
          name
        }
      }
    }
  }
`)

const PipelineChoices = graphql(`
  query PipelineChoices($text: String) {
    pipelines(first: 30, filter: { text: $text }) {
      nodes {
        id
        name
        version
        steps {
          app {
            name
          }
        }
      }
    }
  }
`)

const StartBatches = graphql(
  `
    mutation StartBatches($ids: [ID!]!, $input: StartBatchesInput!, $dryRun: Boolean!) {
      outcome: startBatches(ids: $ids, input: $input, dryRun: $dryRun) {
        ...BulkOutcome
      }
    }
  `,
  [BulkOutcome],
)

type StartFrom = ReturnType<typeof graphql.scalar<'StartFrom'>>

const START_FROM: Choice<StartFrom>[] = [
  { value: 'BLANK', label: 'Scratch', about: 'Every app runs again, and earlier results are ignored.' },
  { value: 'INPUT_OR_NEWEST', label: 'Batch input, otherwise newest MMIF', about: 'Scratch if a file has neither.' },
  { value: 'NEWEST', label: 'Newest MMIF', about: 'Scratch if a file has none.' },
  { value: 'INPUT', label: 'Batch input MMIF', about: 'Scratch if a file has none.' },
]

const PRIORITIES: Choice<string>[] = [
  { value: '50', label: 'High', about: 'Goes first where batch runs share an app.' },
  { value: '0', label: 'Normal' },
  { value: '-50', label: 'Low', about: 'Goes last where batch runs share an app.' },
]

const PAUSE_MS = 200
const LOAD_FAILED = 'Can’t load the names. Type to try again.'

export interface ChosenBatch {
  id: string
  name: string
  pipeline: { id: string; name: string } | null
}

interface StartDialogProps {
  /** The batch to start. Without it, the person selects one in the dialog. */
  batch?: ChosenBatch
  /** The preselected pipeline. By default the batch's own. */
  pipeline?: { id: string; name: string }
  onClose: () => void
}

/** Starts a batch on a pipeline. It first shows the number of files, the apps and their parameters. */
export function StartDialog({ batch: fixedBatch, pipeline: fixedPipeline, onClose }: StartDialogProps) {
  const [batch, setBatch] = useState<ChosenBatch | null>(fixedBatch ?? null)
  const [pipeline, setPipeline] = useState<{ id: string; name: string } | null>(fixedPipeline ?? fixedBatch?.pipeline ?? null)
  const [startFrom, setStartFrom] = useState<StartFrom>('BLANK')
  const [priority, setPriority] = useState('0')
  const [idempotencyKey] = useState(() => crypto.getRandomValues(new Uint32Array(4)).join('-'))
  const [failure, setFailure] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)

  const loaded = usePipelineToStart(pipeline?.id ?? null)
  const overrides = loaded.pipeline?.steps
    .map(({ position, pipelineValues, draft }) => ({ position, parameters: overrideOf(pipelineValues, draft.parameters) }))
    .filter(({ parameters }) => Object.keys(parameters).length > 0)

  const variables = batch &&
    pipeline &&
    overrides && {
      ids: [batch.id],
      input: { pipelineId: pipeline.id, overrides, startFrom, priority: Number(priority), idempotencyKey },
    }

  const preview = usePreview(
    JSON.stringify(variables),
    variables ? () => previewBulkMutation(StartBatches, variables) : null,
    PAUSE_MS,
  )

  const start = async () => {
    if (!variables) return
    setBusy(true)
    setFailure(null)
    try {
      showToast(await runBulkMutation(StartBatches, variables))
      onClose()
    } catch (error) {
      setFailure(errorMessage(error))
      setBusy(false)
    }
  }

  return (
    <Dialog
      open
      onClose={onClose}
      title={fixedBatch ? `Start “${fixedBatch.name}”` : 'Start batch'}
      wide
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" busy={busy} disabled={preview.found === null || preview.found.nothing} onClick={() => void start()}>
            Start
          </Button>
        </>
      }
    >
      <div className={styles.form}>
        {!fixedBatch && (
          <BatchField
            chosen={batch}
            onChoose={(chosen) => {
              setBatch(chosen)
              setPipeline(fixedPipeline ?? chosen?.pipeline ?? pipeline)
            }}
          />
        )}
        <PipelineField chosen={pipeline} onChoose={setPipeline} />
        <div className={styles.beside}>
          <Field label="Start from">
            <Select choices={START_FROM} chosen={startFrom} onChoose={setStartFrom} />
          </Field>
          <Field label="Priority">
            <Select choices={PRIORITIES} chosen={priority} onChoose={setPriority} />
          </Field>
        </div>
        {loaded.problem !== null && <LoadError message={loaded.problem} onRetry={loaded.onRetry} />}
        {loaded.pipeline && <StepParameters steps={loaded.pipeline.steps} onChange={loaded.override} />}
        {loaded.pipeline && variables && (
          <StartSummary pipeline={loaded.pipeline}>
            {preview.failure === null ? (
              <StartCount found={preview.found} />
            ) : (
              <LoadError message={preview.failure} onRetry={preview.onRetry} />
            )}
          </StartSummary>
        )}
        {failure !== null && (
          <p role="alert" className={styles.failure}>
            {failure}
          </p>
        )}
      </div>
    </Dialog>
  )
}

/** An error that keeps the batch from being started, with a retry. */
function LoadError({ message, onRetry }: { message: string; onRetry: () => void }) {
  return (
    <div role="alert" className={styles.unread}>
      <p>{message}</p>
      <Button small onClick={onRetry}>
        Try again
      </Button>
    </div>
  )
}

function BatchField({ chosen, onChoose }: { chosen: ChosenBatch | null; onChoose: (batch: ChosenBatch | null) => void }) {
  const [text, setText] = useState('')
  const [{ data, error, fetching }] = useQuery({ query: BatchChoices, variables: { text: text || null } })
  const batches = data?.batches.nodes ?? []
  return (
    <Field label="Batch">
      <ComboBox
        placeholder="Search by name"
        none={error ? LOAD_FAILED : 'No batch matches.'}
        choices={batches.map((batch) => ({
          value: batch.id,
          label: batch.name,
          about: `${pluralize(batch.mediaFileCount, 'file')}${batch.pipeline ? `, default pipeline ${batch.pipeline.name}` : ''}`,
        }))}
        chosen={chosen && { value: chosen.id, label: chosen.name }}
        searching={fetching}
        onSearch={setText}
        onChoose={(choice) => onChoose(batches.find((batch) => batch.id === choice?.value) ?? null)}
      />
    </Field>
  )
}

interface PipelineFieldProps {
  chosen: { id: string; name: string } | null
  onChoose: (pipeline: { id: string; name: string } | null) => void
}

function PipelineField({ chosen, onChoose }: PipelineFieldProps) {
  const [text, setText] = useState('')
  const [{ data, error, fetching }] = useQuery({ query: PipelineChoices, variables: { text: text || null } })
  const pipelines = data?.pipelines.nodes ?? []
  return (
    <Field label="Pipeline">
      <ComboBox
        placeholder="Search by name"
        none={error ? LOAD_FAILED : 'No pipeline matches.'}
        choices={pipelines.map((pipeline) => ({
          value: pipeline.id,
          label: pipeline.name,
          about: pipeline.steps.map((step) => step.app.name).join(' → '),
        }))}
        chosen={chosen && { value: chosen.id, label: chosen.name }}
        searching={fetching}
        onSearch={setText}
        onChoose={(choice) => onChoose(pipelines.find((pipeline) => pipeline.id === choice?.value) ?? null)}
      />
    </Field>
  )
}
