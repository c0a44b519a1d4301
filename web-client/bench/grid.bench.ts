/**
 * How smooth the page of a run of 100,000 files is while it is scrolled and 200 files a second change: the built client in
 * Chromium with software rendering, fed over a WebSocket. `npm run bench`, after `make web`.
 */
import { test, type Page } from '@playwright/test'
import { CHROMIUM, HOW_TO_HAVE_IT } from '../e2e/browser'
import { hold, measured, report, type Measured } from './main-thread'
import { RunServer } from './run-server'

const FILES = 100_000
const CHANGES_A_SECOND = 200
const SECONDS = 10
const READING = 'reading 100,000 files'

/** By the wheel, as a person does, to and fro through all of it. */
async function scroll(page: Page): Promise<void> {
  const box = await page.getByRole('grid').boundingBox()
  if (!box) throw new Error('The grid is not there.')
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
  const until = Date.now() + SECONDS * 1000
  let turn = 0
  while (Date.now() < until) {
    await page.mouse.wheel(0, (turn++ % 60 < 30 ? 1 : -1) * 240)
    await new Promise((resolve) => setTimeout(resolve, 16))
  }
}

async function allRead(page: Page): Promise<void> {
  await page.getByRole('status').filter({ hasText: 'Reading the files' }).waitFor({ state: 'hidden', timeout: 120_000 })
}

test('the page of a run of 100,000 files', async ({ page, browser }) => {
  if (CHROMIUM === undefined) throw new Error(`There is ${HOW_TO_HAVE_IT}.`)
  const server = new RunServer(FILES)
  const url = await server.listen()
  const session = await browser.newBrowserCDPSession()
  const rows: Record<string, Measured> = {}
  const row = async (name: string, work: () => Promise<void>) => {
    rows[name] = await measured(session, work)
  }
  const open = async (search: string) => {
    await page.goto(`${url}/batch-runs/brun-1?${search}`)
    await page.getByRole('grid').waitFor()
    await allRead(page)
  }
  await row(READING, () => open('view=grid'))
  server.change(CHANGES_A_SECOND)
  await row('grid, all at once', () => scroll(page))
  for (let press = 0; press < 4; press += 1) await page.getByRole('button', { name: 'Larger' }).click()
  await row('grid, larger tiles', () => scroll(page))
  await open('view=grid&status=RUNNING&text=1')
  await row('grid, filtered', () => scroll(page))
  await open('view=list')
  await row('list', () => scroll(page))
  report(rows)
  const heap = await (await page.context().newCDPSession(page)).send('Runtime.getHeapUsage')
  console.log(`JavaScript's memory at the end: ${Math.round((heap.usedSize + heap.backingStorageSize) / 1e6)} MB`)
  server.close()
  hold(rows, Object.keys(rows).filter((name) => name !== READING))
})
