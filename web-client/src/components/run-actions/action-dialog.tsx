import { useState } from 'react'
import { ConfirmDialog } from '../confirm-dialog'
import { Field } from '../field'
import { Select } from '../select'
import { TextInput } from '../text-input'
import { showToast } from '../toast'
import { previewAction, performAction, type RunAction, type ChosenFiles } from './run-action'

/** The requested action, without its options. */
export type Request =
  | { kind: 'cancel' | 'retry'; run: string; name: string }
  | { kind: 'prioritize'; run: string; priority: number }
  | { kind: 'cancel-files' | 'pause-files' | 'resume-files' | 'retry-files'; files: ChosenFiles }

interface ActionDialogProps {
  request: Request
  /** The apps of the pipeline, in order. A retry can start from any of them. */
  apps: string[]
  onClose: () => void
  onDone?: () => void
}

function labelsOf(request: Request): { title: string; verb: string; danger?: boolean; dismissLabel?: string } {
  switch (request.kind) {
    case 'cancel':
      return { title: `Cancel “${request.name}”?`, verb: 'Cancel run', danger: true, dismissLabel: 'Keep running' }
    case 'retry':
      return { title: `Retry failed files of “${request.name}”?`, verb: 'Retry' }
    case 'prioritize':
      return { title: 'Set priority', verb: 'Set priority' }
    case 'cancel-files':
      return { title: 'Cancel these files?', verb: 'Cancel files', danger: true, dismissLabel: 'Keep running' }
    case 'pause-files':
      return { title: 'Pause these files?', verb: 'Pause files' }
    case 'resume-files':
      return { title: 'Resume these files?', verb: 'Resume files' }
    case 'retry-files':
      return { title: 'Retry these files?', verb: 'Retry' }
  }
}

const WHERE_IT_STOPPED = 'stopped'

/** Confirms and performs an action on a run or on files. */
export function ActionDialog({ request, apps, onClose, onDone }: ActionDialogProps) {
  const [from, setFrom] = useState(WHERE_IT_STOPPED)
  const [priority, setPriority] = useState(request.kind === 'prioritize' ? String(request.priority) : '')
  const action = actionOf(request, from, Number(priority))
  const mistake =
    request.kind === 'prioritize' && !isPriority(priority) ? 'Enter a whole number from -100 to 100.' : undefined
  const retries = request.kind === 'retry' || request.kind === 'retry-files'
  return (
    <ConfirmDialog
      {...labelsOf(request)}
      chosen={retries ? from : priority}
      choices={
        retries ? (
          <Field label="Start from" help="Earlier results are kept.">
            <Select
              chosen={from}
              onChoose={setFrom}
              choices={[
                { value: WHERE_IT_STOPPED, label: 'Where each file stopped', about: 'Continues from its last valid MMIF.' },
                ...apps.map((app, index) => ({
                  value: String(index + 1),
                  label: `Step ${index + 1}: ${app}`,
                  about: 'Files that reached this step go back to it.',
                })),
              ]}
            />
          </Field>
        ) : request.kind === 'prioritize' ? (
          <Field
            label="Priority"
            help="Where runs share an app, higher priority goes first. Runs with the same priority alternate. Running calls continue."
            error={mistake}
          >
            <TextInput
              type="number"
              min={-100}
              max={100}
              step={1}
              value={priority}
              onChange={(event) => setPriority(event.target.value)}
            />
          </Field>
        ) : undefined
      }
      preview={() =>
        mistake === undefined ? previewAction(action) : Promise.resolve({ message: '', unchanged: [], nothing: true })
      }
      onConfirm={async () => {
        showToast(await performAction(action))
        onDone?.()
      }}
      onClose={onClose}
    />
  )
}

function isPriority(text: string): boolean {
  return /^-?\d+$/.test(text) && Math.abs(Number(text)) <= 100
}

function actionOf(request: Request, from: string, priority: number): RunAction {
  const fromStep = from === WHERE_IT_STOPPED ? null : Number(from)
  switch (request.kind) {
    case 'cancel':
      return { kind: 'cancel', run: request.run }
    case 'retry':
      return { kind: 'retry', run: request.run, fromStep }
    case 'prioritize':
      return { ...request, priority }
    case 'retry-files':
      return { kind: 'retry-files', files: request.files, fromStep }
    default:
      return { kind: request.kind, files: request.files }
  }
}
