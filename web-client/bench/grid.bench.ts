/**
 * How smooth the page of a run of 100,000 files is while it is scrolled and 200 files a second change: the built client in
 * Chromium with software rendering, fed over a WebSocket. `npm run bench`, after `make web`.
 */
import { test, type CDPSession, type Page } from '@playwright/test'
import { CHROMIUM, HOW_TO_HAVE_IT } from '../e2e/browser'
import { RunServer } from './run-server'

const FILES = 100_000
const CHANGES_A_SECOND = 200
const SECONDS = 10
const LONGEST_TASK_MS = 50
const SCRIPT_MS = 8

interface TraceEvent {
  name: string
  cat: string
  ph: string
  ts: number
  dur?: number
  /** As dur, of the processor alone: what others took from it is not in it. */
  tdur?: number
  pid: number
  tid: number
  args: { name?: string; data?: { frame?: string } }
}

interface Measured {
  frames: number
  script: Times
  task: Times
}

/** In milliseconds: by the clock, and of the processor alone. */
interface Times {
  clock: number[]
  processor: number[]
}

async function traced(session: CDPSession, work: () => Promise<void>): Promise<TraceEvent[]> {
  const events: TraceEvent[] = []
  const collect = ({ value }: { value: object[] }) => events.push(...(value as TraceEvent[]))
  session.on('Tracing.dataCollected', collect)
  const whole = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve))
  await session.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: {
      includedCategories: ['devtools.timeline', 'toplevel', 'v8.execute', 'disabled-by-default-devtools.timeline'],
    },
  })
  await work()
  await session.send('Tracing.end')
  await whole
  session.off('Tracing.dataCollected', collect)
  return events
}

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

/** Of the page's main thread: how long script ran in each frame, and how long tasks were. */
function measured(events: TraceEvent[]): Measured {
  const main = mainThread(events)
  const own = events.filter(({ pid, tid, ph }) => pid === main.pid && tid === main.tid && ph === 'X')
  const named = (...names: string[]) => outermost(own.filter(({ name }) => names.includes(name)))
  const frames = named('FireAnimationFrame').map(({ ts }) => ts)
  const script = { clock: frames.map(() => 0), processor: frames.map(() => 0) }
  let frame = 0
  for (const { ts, dur = 0, tdur = dur } of named('FunctionCall', 'EvaluateScript', 'RunMicrotasks')) {
    while (frame + 1 < frames.length && (frames[frame + 1] ?? Infinity) <= ts) frame += 1
    script.clock[frame] = (script.clock[frame] ?? 0) + dur / 1000
    script.processor[frame] = (script.processor[frame] ?? 0) + tdur / 1000
  }
  const tasks = named('RunTask', 'ThreadControllerImpl::RunTask')
  const task = {
    clock: tasks.map(({ dur = 0 }) => dur / 1000),
    processor: tasks.map(({ dur = 0, tdur = dur }) => tdur / 1000),
  }
  return { frames: frames.length, script, task }
}

/** Such a part of them is no longer than this. */
function quantile(times: number[], part: number): number {
  const inOrder = [...times].sort((one, other) => one - other)
  return inOrder[Math.min(inOrder.length - 1, Math.floor(inOrder.length * part))] ?? 0
}

function mainThread(events: TraceEvent[]): { pid: number; tid: number } {
  const painted = new Map<string, number>()
  for (const { name, pid, tid } of events) {
    if (name === 'FireAnimationFrame') painted.set(`${pid} ${tid}`, (painted.get(`${pid} ${tid}`) ?? 0) + 1)
  }
  const [most] = [...painted].sort(([, one], [, other]) => other - one)
  if (!most) throw new Error('Nothing was drawn while it was measured.')
  const [pid = 0, tid = 0] = most[0].split(' ').map(Number)
  return { pid, tid }
}

/** Without those that lie within another. */
function outermost(events: TraceEvent[]): TraceEvent[] {
  const inOrder = [...events].sort((one, other) => one.ts - other.ts || (other.dur ?? 0) - (one.dur ?? 0))
  let until = 0
  return inOrder.filter(({ ts, dur = 0 }) => {
    if (ts < until) return false
    until = ts + dur
    return true
  })
}

async function allRead(page: Page): Promise<void> {
  await page.getByRole('status').filter({ hasText: 'Reading the files' }).waitFor({ state: 'hidden', timeout: 120_000 })
}

test('the page of a run of 100,000 files', async ({ page, browser }) => {
  if (CHROMIUM === undefined) throw new Error(`There is ${HOW_TO_HAVE_IT}.`)
  const server = new RunServer(FILES)
  const url = await server.listen()
  const session = await browser.newBrowserCDPSession()
  const rows: Record<string, Measured & { seconds: number }> = {}
  const row = async (name: string, work: () => Promise<void>) => {
    const began = Date.now()
    const found = measured(await traced(session, work))
    rows[name] = { ...found, seconds: (Date.now() - began) / 1000 }
  }
  const open = async (search: string) => {
    await page.goto(`${url}/batch-runs/brun-1?${search}`)
    await page.getByRole('grid').waitFor()
    await allRead(page)
  }
  await row('reading 100,000 files', () => open('view=grid'))
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
})

function report(rows: Record<string, Measured & { seconds: number }>): void {
  const told = ({ clock, processor }: Times, part: number) =>
    `${quantile(processor, part).toFixed(1)} ms (${quantile(clock, part).toFixed(1)})`
  console.log('\nTimes of the processor, and by the clock in brackets: that holds what other programs took, too.')
  console.table(
    Object.fromEntries(
      Object.entries(rows).map(([name, { frames, seconds, script, task }]) => [
        name,
        {
          'frames/s': Math.round(frames / seconds),
          [`script a frame, p95 (${SCRIPT_MS} ms)`]: told(script, 0.95),
          [`longest task (${LONGEST_TASK_MS} ms)`]: told(task, 1),
          'tasks over': `${task.processor.filter((ms) => ms > LONGEST_TASK_MS).length} (${task.clock.filter((ms) => ms > LONGEST_TASK_MS).length})`,
        },
      ]),
    ),
  )
}
