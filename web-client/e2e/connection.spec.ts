import type { Page } from '@playwright/test'
import { expect, test, type Chowda } from './chowda'
import { Wire } from './wire'

let wire: Wire
let pipeline: string

test.use({
  baseURL: async ({ chowda }, use) => {
    wire = await Wire.to(chowda.url)
    await use(wire.url)
    await wire.cut()
  },
})

test.beforeAll(async ({ chowda }) => {
  const slow = await chowda.fakeApp('slow', { seconds: 60 })
  pipeline = await chowda.pipeline('Slow', [await chowda.register(slow.url, 1)])
})

/** Starts a batch run that stays active until it is canceled. */
async function started(chowda: Chowda, name: string): Promise<string> {
  const guids = [`cpb-aacip-${name}`]
  await chowda.media(guids)
  return chowda.start(await chowda.batch(name, pipeline, guids))
}

async function cancel(chowda: Chowda, id: string): Promise<void> {
  await chowda.query('mutation ($id: ID!) { cancelBatchRun(id: $id) { id } }', { id })
}

/** Simulates a return to the browser tab. */
async function comeBack(page: Page): Promise<void> {
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
}

test('a disconnected page shows since when it is stale, and recovers by itself', async ({
  page,
  chowda,
}) => {
  const before = await started(chowda, 'before the cut')
  await page.goto('/')
  const first = page.getByRole('article', { name: 'before the cut' })
  await expect(first.getByRole('button', { name: /Cancel/ })).toBeEnabled()
  const runsFor = first.getByText(/^[\d.]+ s$/)

  await wire.cut()
  await expect(page.getByText(/Not live\. The page shows the state of/)).toBeVisible()
  await expect(page.getByText('Reconnecting …')).toBeVisible()
  await expect(first.getByRole('button', { name: /Cancel/ })).toBeDisabled()
  // Clocks stop while the data is stale.
  const shownDuration = await runsFor.textContent()
  await cancel(chowda, before)
  const after = await started(chowda, 'during the cut')
  await page.waitForTimeout(2_000)
  expect(await runsFor.textContent()).toBe(shownDuration)

  await wire.restore()
  await expect(page.getByRole('article', { name: 'during the cut' })).toBeVisible()
  await expect(first).toBeHidden()
  await expect(page.getByText(/Not live/)).toBeHidden()
  await expect(page.getByText('Live', { exact: true })).toBeVisible()
  await cancel(chowda, after)
})

test('runs that start and end while disconnected are listed after the reconnect, and retry is disabled meanwhile', async ({ page, chowda }) => {
  await cancel(chowda, await started(chowda, 'over before'))
  await page.goto('/')
  const retry = page.getByRole('button', { name: 'Retry over before' })
  await expect(retry).toBeEnabled()
  await expect(page.getByText('Live', { exact: true })).toBeVisible()
  await wire.cut()
  await expect(page.getByText(/Not live/)).toBeVisible()
  await expect(retry).toBeDisabled()
  await expect(page.getByText('Start a batch to see the progress of each app here.')).toBeHidden()
  await cancel(chowda, await started(chowda, 'over meanwhile'))
  await wire.restore()
  await expect(page.getByRole('row', { name: /^over meanwhile/ })).toBeVisible()
  await expect(page.getByText('Start a batch to see the progress of each app here.')).toBeVisible()
  await expect(retry).toBeEnabled()
})

test('while the database does not respond, every page says so and since when, and recovers by itself', async ({
  page,
  chowda,
}) => {
  test.slow() // Chowda needs ten seconds to notice, each time
  const away = page.getByText(/Not live since \d.* ago\. Chowda.s database can.t be reached at the moment/)
  const live = page.getByText('Live', { exact: true })
  await page.goto('/')
  await expect(live).toBeVisible()
  await expect(page.getByText('Start a batch to see the progress of each app here.')).toBeVisible()
  try {
    chowda.freezeDatabase()
    await expect(away).toBeVisible({ timeout: 30_000 })
    await expect(page.getByText('Not live', { exact: true }).last()).toBeVisible()
    await expect(page.getByText('The current state is unknown.')).toBeVisible()
    await expect(page.getByText('Nothing is running')).toBeHidden()
    await page.getByRole('link', { name: 'Collections' }).click()
    await expect(page.getByRole('heading', { name: 'Collections', level: 1 })).toBeVisible()
    await expect(away).toBeVisible()
  } finally {
    chowda.thawDatabase()
  }
  await expect(live).toBeVisible({ timeout: 20_000 })
  await expect(away).toBeHidden()

  const run = await started(chowda, 'through silence')
  await page.getByRole('link', { name: 'Now' }).click()
  await page.getByRole('link', { name: 'through silence' }).click()
  await page.getByRole('tabpanel').getByRole('link', { name: /cpb-aacip-through/ }).click()
  const pause = page.getByRole('button', { name: 'Pause', exact: true })
  await expect(pause).toBeEnabled()
  try {
    chowda.freezeDatabase()
    await expect(away).toBeVisible({ timeout: 30_000 })
    await expect(pause).toBeDisabled()
    await wire.cut()
    await expect(page.getByText('Reconnecting …')).toBeVisible()
    await wire.restore()
    await expect(away).toBeVisible() // the server is back, but its database is not
    await page.waitForTimeout(3_000)
    await expect(away).toBeVisible()
    await expect(pause).toBeDisabled()
  } finally {
    chowda.thawDatabase()
  }
  await expect(live).toBeVisible({ timeout: 20_000 })
  await expect(pause).toBeEnabled()
  await cancel(chowda, run)
})

test('one WebSocket serves all pages', async ({ page, chowda }) => {
  const run = await started(chowda, 'one for all')
  const sockets: string[] = []
  page.on('websocket', (socket) => sockets.push(socket.url()))
  await page.goto('/')
  await page.getByRole('link', { name: 'one for all' }).click()
  await expect(page.getByRole('heading', { name: 'one for all' })).toBeVisible()
  for (const place of ['Activity', 'Apps', 'Batches', 'Batch runs', 'Now']) {
    await page.getByRole('link', { name: place, exact: place !== 'Now' }).click()
    await expect(page.getByRole('heading', { name: place, level: 1 })).toBeVisible()
  }
  await expect(page.getByRole('article', { name: 'one for all' })).toBeVisible()
  expect(sockets).toHaveLength(1)
  await cancel(chowda, run)
})

test('detects a connection that goes silent without closing', async ({ page, chowda }) => {
  await page.goto('/')
  await expect(page.getByText('Live', { exact: true })).toBeVisible()
  wire.goSilent()
  const run = await started(chowda, 'after silence')
  await expect(page.getByRole('article', { name: 'after silence' })).toBeVisible({ timeout: 20_000 })
  await cancel(chowda, run)
})

test('shows activity from a disconnected period after the reconnect, once', async ({ page, chowda }) => {
  await page.goto('/activity')
  await expect(page.getByText('Live', { exact: true })).toBeVisible()
  const first = await started(chowda, 'seen live')
  const line = (name: string) => page.getByRole('article').filter({ hasText: `started batch run ${name}` })
  await expect(line('seen live')).toHaveCount(1)
  await wire.cut()
  await expect(page.getByText(/Not live/)).toBeVisible()
  const second = await started(chowda, 'done unseen')
  await wire.restore()
  await expect(line('done unseen')).toHaveCount(1)
  await expect(line('seen live')).toHaveCount(1)
  await cancel(chowda, first)
  await cancel(chowda, second)
})

test('is live over HTTP if WebSockets are blocked', async ({ page, chowda }) => {
  wire.refusesWebSockets = true
  await page.goto('/')
  await expect(page.getByText('Live over HTTP')).toBeVisible()
  const run = await started(chowda, 'over http')
  const card = page.getByRole('article', { name: 'over http' })
  await expect(card).toBeVisible()
  await wire.cut()
  await expect(page.getByText(/Not live/)).toBeVisible()
  await cancel(chowda, run)
  await wire.restore()
  await expect(card).toBeHidden()
  await expect(page.getByText('Live over HTTP')).toBeVisible()

  wire.refusesWebSockets = false
  await comeBack(page)
  await expect(page.getByText('Live', { exact: true })).toBeVisible()
  const later = await started(chowda, 'over the better way')
  await expect(page.getByRole('article', { name: 'over the better way' })).toBeVisible()
  await cancel(chowda, later)
})

test('polls if a proxy buffers streamed responses', async ({ page, chowda }) => {
  wire.refusesWebSockets = true
  wire.buffersStreams = true
  await page.goto('/')
  await expect(page.getByText('Updated every few seconds')).toBeVisible({ timeout: 30_000 })
  const run = await started(chowda, 'by asking')
  const card = page.getByRole('article', { name: 'by asking' })
  await expect(card).toBeVisible()
  await cancel(chowda, run)
  await expect(card).toBeHidden()

  wire.buffersStreams = false
  await comeBack(page)
  await expect(page.getByText('Live over HTTP')).toBeVisible()
})

test('an action in one tab shows in another', async ({ page, context, chowda }) => {
  const other = await context.newPage()
  await Promise.all([page.goto('/'), other.goto('/')])
  const run = await started(chowda, 'seen twice')
  const there = other.getByRole('article', { name: 'seen twice' })
  await expect(there).toBeVisible()
  await page.getByRole('button', { name: 'Pause seen twice' }).click()
  await expect(there.getByText('Paused')).toBeVisible()
  await cancel(chowda, run)
  await expect(there).toBeHidden()
})
