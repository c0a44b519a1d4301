import { useState } from 'react'
import { ConfirmDialog } from '../confirm-dialog'
import { Field } from '../field'
import { Select } from '../select'
import { TextInput } from '../text-input'
import { showToast } from '../toast'
import { previewAction, performAction, type RunAction, type ChosenFiles } from './run-action'

/** What a person has asked for, before what there is to choose. */
export type Request =
  | { kind: 'cancel' | 'retry'; run: string; name: string }
  | { kind: 'prioritize'; run: string; priority: number }
  | { kind: 'cancel-files' | 'pause-files' | 'resume-files' | 'retry-files'; files: ChosenFiles }

interface ActionDialogProps {
  request: Request
  /** Of the pipeline, in order: a retry may go back to one. */
  apps: string[]
  onClose: () => void
  onDone?: () => void
}

function wordsOf(request: Request): { title: string; verb: string; danger?: boolean } {
  switch (request.kind) {
    case 'cancel':
      return { title: `Cancel “${request.name}”?`, verb: 'Cancel it', danger: true }
    case 'retry':
      return { title: `Retry what failed in “${request.name}”?`, verb: 'Retry' }
    case 'prioritize':
      return { title: 'Priority', verb: 'Set the priority' }
    case 'cancel-files':
      return { title: 'Cancel these files?', verb: 'Cancel the files', danger: true }
    case 'pause-files':
      return { title: 'Pause these files?', verb: 'Pause the files' }
    case 'resume-files':
      return { title: 'Let these files go on?', verb: 'Resume the files' }
    case 'retry-files':
      return { title: 'Retry these files?', verb: 'Retry' }
  }
}

const WHERE_IT_STOPPED = 'stopped'

/** Says in numbers what an action would do, and does it. */
export function ActionDialog({ request, apps, onClose, onDone }: ActionDialogProps) {
  const [from, setFrom] = useState(WHERE_IT_STOPPED)
  const [priority, setPriority] = useState(request.kind === 'prioritize' ? String(request.priority) : '')
  const action = actionOf(request, from, Number(priority))
  const mistake =
    request.kind === 'prioritize' && !isPriority(priority) ? 'A whole number from -100 to 100, please.' : undefined
  const retries = request.kind === 'retry' || request.kind === 'retry-files'
  return (
    <ConfirmDialog
      {...wordsOf(request)}
      chosen={retries ? from : priority}
      choices={
        retries ? (
          <Field label="From where" help="Earlier results stay, whatever is chosen.">
            <Select
              chosen={from}
              onChoose={setFrom}
              choices={[
                { value: WHERE_IT_STOPPED, label: 'Where each file stopped', about: 'On from its last good MMIF.' },
                ...apps.map((app, index) => ({
                  value: String(index + 1),
                  label: `Step ${index + 1}: ${app}`,
                  about: 'Each of these files goes back to it, if it had come so far.',
                })),
              ]}
            />
          </Field>
        ) : request.kind === 'prioritize' ? (
          <Field
            label="Priority"
            help="Where runs share an app, the higher goes first; equal ones take turns. What is under way goes on."
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
