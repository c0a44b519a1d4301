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
  { value: 'BLANK', label: 'A blank MMIF', about: 'All apps work anew, whatever was found before.' },
  { value: 'INPUT_OR_NEWEST', label: 'The batch’s input, else the newest MMIF', about: 'Blank where a file has neither.' },
  { value: 'NEWEST', label: 'The newest MMIF', about: 'Blank where a file has none.' },
  { value: 'INPUT', label: 'The batch’s input MMIF', about: 'Blank where a file has none.' },
]

const PRIORITIES: Choice<string>[] = [
  { value: '50', label: 'Before others', about: 'Where batch runs share an app, this one goes first.' },
  { value: '0', label: 'In turn with others' },
  { value: '-50', label: 'After others', about: 'Where batch runs share an app, this one goes last.' },
]

const PAUSE_MS = 200
const UNREAD = 'The names could not be read. Type on, and they are asked for again.'

export interface ChosenBatch {
  id: string
  name: string
  pipeline: { id: string; name: string } | null
}

interface StartDialogProps {
  /** What to start; left out, it is chosen here. */
  batch?: ChosenBatch
  /** On what; left out, on the batch's own unless another is chosen. */
  pipeline?: { id: string; name: string }
  onClose: () => void
}

/** Starts a batch on a pipeline, and says before what that is: how many files, which apps, with what. */
export function StartDialog({ batch: given, pipeline: on, onClose }: StartDialogProps) {
  const [batch, setBatch] = useState<ChosenBatch | null>(given ?? null)
  const [pipeline, setPipeline] = useState<{ id: string; name: string } | null>(on ?? given?.pipeline ?? null)
  const [startFrom, setStartFrom] = useState<StartFrom>('BLANK')
  const [priority, setPriority] = useState('0')
  const [idempotencyKey] = useState(() => crypto.getRandomValues(new Uint32Array(4)).join('-'))
  const [failure, setFailure] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)

  const started = usePipelineToStart(pipeline?.id ?? null)
  const overrides = started.pipeline?.steps
    .map(({ position, usual, draft }) => ({ position, parameters: overrideOf(usual, draft.parameters) }))
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
      title={given ? `Start “${given.name}”` : 'Start a batch'}
      wide
      actions={
        <>
          <Button onClick={onClose}>Leave it</Button>
          <Button kind="primary" busy={busy} disabled={preview.found === null || preview.found.nothing} onClick={() => void start()}>
            Start it
          </Button>
        </>
      }
    >
      <div className={styles.form}>
        {!given && (
          <BatchField
            chosen={batch}
            onChoose={(chosen) => {
              setBatch(chosen)
              setPipeline(on ?? chosen?.pipeline ?? pipeline)
            }}
          />
        )}
        <PipelineField chosen={pipeline} onChoose={setPipeline} />
        <div className={styles.beside}>
          <Field label="Each file starts from">
            <Select choices={START_FROM} chosen={startFrom} onChoose={setStartFrom} />
          </Field>
          <Field label="Its turn">
            <Select choices={PRIORITIES} chosen={priority} onChoose={setPriority} />
          </Field>
        </div>
        {started.problem !== null && <Unread message={started.problem} onRetry={started.onRetry} />}
        {started.pipeline && <StepParameters steps={started.pipeline.steps} onChange={started.give} />}
        {started.pipeline && variables && (
          <StartSummary pipeline={started.pipeline}>
            {preview.failure === null ? (
              <StartCount found={preview.found} />
            ) : (
              <Unread message={preview.failure} onRetry={preview.onRetry} />
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

/** What the start needs to know and can't be told. */
function Unread({ message, onRetry }: { message: string; onRetry: () => void }) {
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
        placeholder="A part of its name"
        none={error ? UNREAD : 'No batch has that in its name.'}
        choices={batches.map((batch) => ({
          value: batch.id,
          label: batch.name,
          about: `${pluralize(batch.mediaFileCount, 'file')}${batch.pipeline ? `, for ${batch.pipeline.name}` : ''}`,
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
        placeholder="A part of its name"
        none={error ? UNREAD : 'No pipeline has that in its name.'}
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
