import { cleanup, render, screen, waitFor } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { Provider } from 'urql'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { client } from '../../lib/client'
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

type Answer = object | Error | Promise<object>

/** How each operation is answered, for as long as a test says nothing else. */
let answers: Record<string, (variables: Record<string, unknown>) => Answer>

beforeEach(() => {
  answers = {
    PipelineChoices: () => ({ pipelines: { nodes: PIPELINES } }),
    StartedPipeline: ({ id }) => ({ pipeline: read(id as string) }),
    StartBatches: () => ({ outcome: { message: 'Starts 1 batch: 3 media files.', doneCount: 1, unchanged: [] } }),
  }
  vi.stubGlobal('fetch', async (_: unknown, { body }: { body: string }) => {
    const { operationName, variables } = JSON.parse(body) as { operationName: string; variables: Record<string, unknown> }
    const answer = await answers[operationName]?.(variables)
    const told = answer instanceof Error ? { errors: [{ message: answer.message }] } : { data: answer }
    return new Response(JSON.stringify(told), { headers: { 'Content-Type': 'application/json' } })
  })
})

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

function open(id: string) {
  const pipeline = { id, name: `Through ${APPS[id] ?? ''}` }
  render(
    <Provider value={client}>
      <StartDialog batch={{ id: 'batch-1', name: 'News', pipeline }} onClose={() => undefined} />
    </Provider>,
  )
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
  const { StartedPipeline, StartBatches } = answers
  answers.StartedPipeline = () => new Error('The database is away.')
  answers.StartBatches = () => new Error('It can’t be counted.')
  open('pipe-a')
  expect((await screen.findByRole('alert')).textContent).toContain('The database is away.')
  if (StartedPipeline) answers.StartedPipeline = StartedPipeline
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }))
  await screen.findByText('It can’t be counted.')
  expect(startIt().disabled).toBe(true)
  if (StartBatches) answers.StartBatches = StartBatches
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }))
  await screen.findByText('Starts 1 batch: 3 media files.')
  expect(startIt().disabled).toBe(false)
})

it('never tells one pipeline’s apps as those of another', async () => {
  open('pipe-a')
  await screen.findByText('swt')
  await waitFor(() => expect(startIt().disabled).toBe(false))
  let tell: (told: object) => void = () => undefined
  answers.StartedPipeline = () => new Promise((resolve) => (tell = resolve))
  const box = screen.getByRole('combobox', { name: 'Pipeline' })
  await userEvent.clear(box)
  await userEvent.type(box, 'whisper')
  await userEvent.click(await screen.findByRole('option', { name: /Through whisper/ }))
  expect(screen.queryByText('swt')).toBeNull()
  expect(startIt().disabled).toBe(true)
  tell({ pipeline: read('pipe-b') })
  await screen.findByText('whisper')
})
