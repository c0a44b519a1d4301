import { expect, test, type Chowda, type FakeApp } from './chowda'

let scenes: FakeApp
let text: FakeApp
let pipeline: string

test.beforeAll(async ({ chowda }) => {
  scenes = await chowda.fakeApp('scenes', { seconds: 0.3, version: 'v8.9' })
  text = await chowda.fakeApp('text-on-slates', { seconds: 0.3, version: 'v1.4' })
  pipeline = await chowda.pipeline('Slates', [await chowda.register(scenes.url), await chowda.register(text.url)])
})

function guids(name: string, number: number): string[] {
  return Array.from({ length: number }, (_, n) => `cpb-aacip-${name}-${n}`)
}

async function batch(chowda: Chowda, name: string, files: number): Promise<string[]> {
  const names = guids(name, files)
  await chowda.media(names)
  await chowda.batch(name, pipeline, names)
  return names
}

test('starts a batch after a preview, shows it live, and lists it as recently finished', async ({
  page,
  chowda,
}) => {
  await batch(chowda, 'newshour', 12)
  await page.goto('/')
  await page.getByRole('button', { name: 'Start batch' }).click()
  const dialog = page.getByRole('dialog', { name: 'Start batch' })
  await dialog.getByRole('combobox', { name: 'Batch' }).fill('newsh')
  await page.getByRole('option', { name: /newshour/ }).click()
  await expect(dialog.getByRole('combobox', { name: 'Pipeline' })).toHaveValue('Slates')
  const what = dialog.getByRole('region', { name: 'Preview' })
  await expect(what).toContainText('12 media files')
  await expect(what.getByRole('listitem')).toHaveText([/scenes v8.9 with default parameters/, /text-on-slates v1.4/])
  await dialog.getByRole('button', { name: 'Start', exact: true }).click()
  await expect(dialog).toBeHidden()

  const run = page.getByRole('article', { name: 'newshour' })
  await expect(run.getByText('Running', { exact: true }).first()).toBeVisible()
  await expect(run.getByRole('progressbar', { name: 'scenes' })).toBeVisible()
  await expect(page.getByRole('link', { name: /^Now \d+ active$/ })).toBeVisible()

  const ended = page.getByRole('row', { name: /newshour/ })
  await expect(ended).toContainText('Finished', { timeout: 30_000 })
  await expect(ended).toContainText('12 files')
  await expect(run).toBeHidden()
})

test('counts failed files and retries them from where they stopped', async ({ page, chowda }) => {
  const [bad = ''] = await batch(chowda, 'tapes', 3)
  await text.control({ behave: [{ kind: 'error_view', guid: bad, times: 1, message: 'no text could be read' }] })
  await page.goto('/')
  await chowda.query('mutation ($id: ID!) { startBatch(input: { batchId: $id }) { id } }', {
    id: await idOf(chowda, 'tapes'),
  })
  const row = page.getByRole('row', { name: /^tapes / })
  await expect(row).toContainText('Failed', { timeout: 30_000 })
  await expect(row).toContainText('3 files, 1 failed')
  await row.getByRole('button', { name: 'Retry tapes' }).click()
  const dialog = page.getByRole('dialog', { name: /Retry failed files/ })
  await expect(dialog).toContainText('1 file')
  await dialog.getByRole('button', { name: 'Retry' }).click()
  await expect(dialog).toBeHidden()
  await expect(row).toContainText('Finished', { timeout: 30_000 })
})

test('pauses, resumes and cancels a run, with a preview before the cancel', async ({ page, chowda }) => {
  await scenes.control({ set: { seconds: 30 } })
  await batch(chowda, 'long', 6)
  const id = await chowda.start(await idOf(chowda, 'long'))
  await page.goto('/')
  const run = page.getByRole('article', { name: 'long' })
  await expect(run.getByText('4 running')).toBeVisible()
  await run.getByRole('button', { name: 'Pause long' }).click()
  await expect(run.getByText('Paused')).toBeVisible()
  await run.getByRole('button', { name: 'Resume long' }).click()
  await expect(run.getByRole('button', { name: 'Pause long' })).toBeVisible()
  await run.getByRole('button', { name: 'Cancel long' }).click()
  const dialog = page.getByRole('dialog', { name: 'Cancel “long”?' })
  await expect(dialog).toContainText('Cancels 6 files of 1 batch run; 4 are running.')
  await dialog.getByRole('button', { name: 'Keep running' }).click()
  await expect(run).toBeVisible()
  await run.getByRole('button', { name: 'Cancel long' }).click()
  await dialog.getByRole('button', { name: 'Cancel run' }).click()
  await expect(run).toBeHidden()
  await expect(page.getByRole('row', { name: /long/ })).toContainText('Canceled')
  const { batchRun } = await chowda.query<{ batchRun: { status: string } }>(
    'query ($id: ID!) { batchRun(id: $id) { status } }',
    { id },
  )
  expect(batchRun.status).toBe('CANCELED')
  await scenes.control({ set: { seconds: 0.3 } })
})

test('shows that a run waits because its app is deactivated', async ({ page, chowda }) => {
  const sleeper = await chowda.fakeApp('sleeper', { seconds: 30 })
  const app = await chowda.register(sleeper.url, 1)
  const names = guids('asleep', 2)
  await chowda.media(names)
  const run = await chowda.start(await chowda.batch('asleep', await chowda.pipeline('Sleep', [app]), names))
  await page.goto('/')
  const card = page.getByRole('article', { name: 'asleep' })
  await expect(card.getByText('1 running')).toBeVisible()
  const pipelineRuns = 'query ($id: ID!) { batchRun(id: $id) { pipelineRuns(status: RUNNING) { nodes { id } } } }'
  const { batchRun } = await chowda.query<{ batchRun: { pipelineRuns: { nodes: { id: string }[] } } }>(pipelineRuns, {
    id: run,
  })
  await chowda.query('mutation ($id: ID!) { updateApp(id: $id, input: { active: false }) { id } }', { id: app })
  await chowda.query('mutation ($id: ID!) { cancelPipelineRun(id: $id) { id } }', {
    id: batchRun.pipelineRuns.nodes[0]?.id,
  })
  await expect(card.getByText(/The app 'sleeper' is deactivated. Activate it/)).toBeVisible()
  await chowda.query('mutation ($id: ID!) { cancelBatchRun(id: $id) { id } }', { id: run })
})

async function idOf(chowda: Chowda, name: string): Promise<string> {
  const { batches } = await chowda.query<{ batches: { nodes: { id: string }[] } }>(
    'query ($name: String!) { batches(filter: { names: [$name] }) { nodes { id } } }',
    { name },
  )
  return batches.nodes[0]?.id ?? ''
}
