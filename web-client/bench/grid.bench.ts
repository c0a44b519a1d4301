/**
 * Measures the page of a run of 100,000 files: scrolling while 200 files per second change. It uses the built client in
 * Chromium with software rendering, with data from a WebSocket. Run `make web`, then `npm run bench`.
 */
import { test, type Page } from '@playwright/test'
import { CHROMIUM, INSTALL_HINT } from '../e2e/browser'
import { assertLimits, measure, report, type Measurement } from './main-thread'
import { RunServer } from './run-server'

const FILES = 100_000
const CHANGES_PER_SECOND = 200
const SECONDS = 10
const READING = 'reading 100,000 files'

/** Scrolls up and down with the mouse wheel. */
async function scroll(page: Page): Promise<void> {
  const box = await page.getByRole('grid').boundingBox()
  if (!box) throw new Error('The grid is not visible.')
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
  const until = Date.now() + SECONDS * 1000
  let step = 0
  while (Date.now() < until) {
    await page.mouse.wheel(0, (step++ % 60 < 30 ? 1 : -1) * 240)
    await new Promise((resolve) => setTimeout(resolve, 16))
  }
}

async function waitForFiles(page: Page): Promise<void> {
  await page.getByRole('status').filter({ hasText: 'Reading the files' }).waitFor({ state: 'hidden', timeout: 120_000 })
}

test('the page of a run of 100,000 files', async ({ page, browser }) => {
  if (CHROMIUM === undefined) throw new Error(INSTALL_HINT)
  const server = new RunServer(FILES)
  const url = await server.listen()
  const session = await browser.newBrowserCDPSession()
  const rows: Record<string, Measurement> = {}
  const addRow = async (name: string, work: () => Promise<void>) => {
    rows[name] = await measure(session, work)
  }
  const open = async (search: string) => {
    await page.goto(`${url}/batch-runs/brun-1?${search}`)
    await page.getByRole('grid').waitFor()
    await waitForFiles(page)
  }
  await addRow(READING, () => open('view=grid'))
  server.change(CHANGES_PER_SECOND)
  await addRow('grid, all at once', () => scroll(page))
  for (let press = 0; press < 4; press += 1) await page.getByRole('button', { name: 'Larger' }).click()
  await addRow('grid, larger tiles', () => scroll(page))
  await open('view=grid&status=RUNNING&text=1')
  await addRow('grid, filtered', () => scroll(page))
  await open('view=list')
  await addRow('list', () => scroll(page))
  report(rows)
  const heap = await (await page.context().newCDPSession(page)).send('Runtime.getHeapUsage')
  console.log(`JavaScript memory at the end: ${Math.round((heap.usedSize + heap.backingStorageSize) / 1e6)} MB`)
  server.close()
  assertLimits(rows, Object.keys(rows).filter((name) => name !== READING))
})
