import { screen, waitFor } from '@testing-library/react'
import { beforeEach, expect, it } from 'vitest'
import { Refusal, serve, show, type Answers } from '../../testing/page'
import { StartDialog } from './start-dialog'

const APPS: Record<string, string> = { 'pipe-a': 'swt', 'pipe-b': 'whisper' }
const PIPELINES = Object.entries(APPS).map(([id, app]) => ({
  __typename: 'Pipeline',
  id,
  name: `Through ${app}`,
  version: 1,
  steps: [{ app: { name: app } }],
}))

function read(id: string) {
  const app = { id: `app-${id}`, name: APPS[id], version: 'v1', parameters: [] }
  return { __typename: 'Pipeline', id, version: 1, warnings: [], steps: [{ position: 1, parameters: {}, app }] }
}

/** The default answer to each operation. */
let answers: Answers

beforeEach(() => {
  answers = {
    PipelineChoices: () => ({ pipelines: { nodes: PIPELINES } }),
    PipelineToStart: ({ id }) => ({ pipeline: read(id as string) }),
    StartBatches: () => ({ outcome: { message: 'Starts 1 batch: 3 media files.', doneCount: 1, unchanged: [] } }),
  }
})

function open(id: string) {
  serve(answers)
  const pipeline = { id, name: `Through ${APPS[id] ?? ''}` }
  return show(<StartDialog batch={{ id: 'batch-1', name: 'News', pipeline }} onClose={() => undefined} />)
}

const startButton = () => screen.getByRole<HTMLButtonElement>('button', { name: 'Start' })

it('start is disabled until the preview is loaded', async () => {
  let count: (data: object) => void = () => undefined
  answers.StartBatches = () => new Promise((resolve) => (count = resolve))
  open('pipe-a')
  await screen.findByText('Loading preview …')
  expect(startButton().disabled).toBe(true)
  await waitFor(() => {
    count({ outcome: { message: 'Starts 1 batch: 3 media files.', doneCount: 1, unchanged: [] } })
    expect(startButton().disabled).toBe(false)
  })
})

it('start is disabled if the preview starts nothing', async () => {
  const unchanged = [{ id: 'batch-1', message: 'swt is deactivated.' }]
  answers.StartBatches = () => ({ outcome: { message: 'Starts nothing.', doneCount: 0, unchanged } })
  open('pipe-a')
  await screen.findByText('swt is deactivated.')
  expect(startButton().disabled).toBe(true)
})

it('retries a failed query of the pipeline, and of the preview', async () => {
  const { PipelineToStart, StartBatches } = answers
  answers.PipelineToStart = () => new Refusal('The database is away.', { code: 'INTERNAL' })
  answers.StartBatches = () => new Refusal('It can’t be counted.', { code: 'INTERNAL' })
  const user = open('pipe-a')
  expect((await screen.findByRole('alert')).textContent).toContain('The database is away.')
  if (PipelineToStart) answers.PipelineToStart = PipelineToStart
  await user.click(screen.getByRole('button', { name: 'Try again' }))
  await screen.findByText('It can’t be counted.')
  expect(startButton().disabled).toBe(true)
  if (StartBatches) answers.StartBatches = StartBatches
  await user.click(screen.getByRole('button', { name: 'Try again' }))
  await screen.findByText('Starts 1 batch: 3 media files.')
  expect(startButton().disabled).toBe(false)
})

it('never shows the apps of a previously selected pipeline', async () => {
  const user = open('pipe-a')
  await screen.findByText('swt')
  await waitFor(() => expect(startButton().disabled).toBe(false))
  let respond: (data: object) => void = () => undefined
  answers.PipelineToStart = () => new Promise((resolve) => (respond = resolve))
  const box = screen.getByRole('combobox', { name: 'Pipeline' })
  await user.clear(box)
  await user.type(box, 'whisper')
  await user.click(await screen.findByRole('option', { name: /Through whisper/ }))
  expect(screen.queryByText('swt')).toBeNull()
  expect(startButton().disabled).toBe(true)
  respond({ pipeline: read('pipe-b') })
  await screen.findByText('whisper')
})
