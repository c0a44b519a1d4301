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

/** How each operation is answered, for as long as a test says nothing else. */
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

const startIt = () => screen.getByRole<HTMLButtonElement>('button', { name: 'Start it' })

it('starts only what was counted', async () => {
  let count: (told: object) => void = () => undefined
  answers.StartBatches = () => new Promise((resolve) => (count = resolve))
  open('pipe-a')
  await screen.findByText('Counting …')
  expect(startIt().disabled).toBe(true)
  await waitFor(() => {
    count({ outcome: { message: 'Starts 1 batch: 3 media files.', doneCount: 1, unchanged: [] } })
    expect(startIt().disabled).toBe(false)
  })
})

it('starts nothing where the count says that it can’t', async () => {
  const unchanged = [{ id: 'batch-1', message: 'swt is deactivated.' }]
  answers.StartBatches = () => ({ outcome: { message: 'Starts nothing.', doneCount: 0, unchanged } })
  open('pipe-a')
  await screen.findByText('swt is deactivated.')
  expect(startIt().disabled).toBe(true)
})

it('asks again for what could not be read, the pipeline as well as the count', async () => {
  const { PipelineToStart, StartBatches } = answers
  answers.PipelineToStart = () => new Refusal('The database is away.', { code: 'INTERNAL' })
  answers.StartBatches = () => new Refusal('It can’t be counted.', { code: 'INTERNAL' })
  const user = open('pipe-a')
  expect((await screen.findByRole('alert')).textContent).toContain('The database is away.')
  if (PipelineToStart) answers.PipelineToStart = PipelineToStart
  await user.click(screen.getByRole('button', { name: 'Try again' }))
  await screen.findByText('It can’t be counted.')
  expect(startIt().disabled).toBe(true)
  if (StartBatches) answers.StartBatches = StartBatches
  await user.click(screen.getByRole('button', { name: 'Try again' }))
  await screen.findByText('Starts 1 batch: 3 media files.')
  expect(startIt().disabled).toBe(false)
})

it('never tells one pipeline’s apps as those of another', async () => {
  const user = open('pipe-a')
  await screen.findByText('swt')
  await waitFor(() => expect(startIt().disabled).toBe(false))
  let tell: (told: object) => void = () => undefined
  answers.PipelineToStart = () => new Promise((resolve) => (tell = resolve))
  const box = screen.getByRole('combobox', { name: 'Pipeline' })
  await user.clear(box)
  await user.type(box, 'whisper')
  await user.click(await screen.findByRole('option', { name: /Through whisper/ }))
  expect(screen.queryByText('swt')).toBeNull()
  expect(startIt().disabled).toBe(true)
  tell({ pipeline: read('pipe-b') })
  await screen.findByText('whisper')
})
