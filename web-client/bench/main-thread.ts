/** Measures the work on the main thread of a page with a Chromium trace. */
import { expect, type CDPSession } from '@playwright/test'

const LONGEST_TASK_MS = 50
const SCRIPT_MS = 8

interface TraceEvent {
  name: string
  cat: string
  ph: string
  ts: number
  dur?: number
  /** Like dur, but processor time: it excludes the time of other programs. */
  tdur?: number
  pid: number
  tid: number
  args: { name?: string; data?: { frame?: string } }
}

export interface Measurement {
  seconds: number
  frames: number
  script: Times
  task: Times
}

/** Wall clock time and processor time, in milliseconds. */
interface Times {
  clock: number[]
  processor: number[]
}

/** Measures the main thread while the work runs. */
export async function measure(session: CDPSession, work: () => Promise<void>): Promise<Measurement> {
  const startedAt = Date.now()
  const events = await trace(session, work)
  return { ...timesIn(events), seconds: (Date.now() - startedAt) / 1000 }
}

async function trace(session: CDPSession, work: () => Promise<void>): Promise<TraceEvent[]> {
  const events: TraceEvent[] = []
  const collect = ({ value }: { value: object[] }) => events.push(...(value as TraceEvent[]))
  session.on('Tracing.dataCollected', collect)
  const complete = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve))
  await session.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: {
      includedCategories: ['devtools.timeline', 'toplevel', 'v8.execute', 'disabled-by-default-devtools.timeline'],
    },
  })
  await work()
  await session.send('Tracing.end')
  await complete
  session.off('Tracing.dataCollected', collect)
  return events
}

/** Returns the script time of each frame and the time of each task, on the main thread of the page. */
function timesIn(events: TraceEvent[]): Omit<Measurement, 'seconds'> {
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

/** Returns the time that this fraction of the times does not exceed. */
function quantile(times: number[], fraction: number): number {
  const inOrder = [...times].sort((one, other) => one - other)
  return inOrder[Math.min(inOrder.length - 1, Math.floor(inOrder.length * fraction))] ?? 0
}

function mainThread(events: TraceEvent[]): { pid: number; tid: number } {
  const painted = new Map<string, number>()
  for (const { name, pid, tid } of events) {
    if (name === 'FireAnimationFrame') painted.set(`${pid} ${tid}`, (painted.get(`${pid} ${tid}`) ?? 0) + 1)
  }
  const [busiest] = [...painted].sort(([, one], [, other]) => other - one)
  if (!busiest) throw new Error('The page painted no frame during the measurement.')
  const [pid = 0, tid = 0] = busiest[0].split(' ').map(Number)
  return { pid, tid }
}

/** Removes events that lie within another event. */
function outermost(events: TraceEvent[]): TraceEvent[] {
  const inOrder = [...events].sort((one, other) => one.ts - other.ts || (other.dur ?? 0) - (one.dur ?? 0))
  let until = 0
  return inOrder.filter(({ ts, dur = 0 }) => {
    if (ts < until) return false
    until = ts + dur
    return true
  })
}

/** Fails if a task exceeds its limit of processor time. In `smooth` rows, the script of a frame has a limit too. */
export function assertLimits(rows: Record<string, Measurement>, smooth: string[] = []): void {
  const missed = Object.entries(rows).flatMap(([name, { script, task }]) => [
    ...(smooth.includes(name) ? over(`${name}: script per frame, p95`, quantile(script.processor, 0.95), SCRIPT_MS) : []),
    ...over(`${name}: longest task`, quantile(task.processor, 1), LONGEST_TASK_MS),
  ])
  expect(missed, 'measurements over their limit').toEqual([])
}

function over(name: string, ms: number, limit: number): string[] {
  return ms > limit ? [`${name} ${ms.toFixed(1)} ms, limit ${limit} ms`] : []
}

/** Prints a table with a row for each measurement. */
export function report(rows: Record<string, Measurement>): void {
  const cell = ({ clock, processor }: Times, fraction: number) =>
    `${quantile(processor, fraction).toFixed(1)} ms (${quantile(clock, fraction).toFixed(1)})`
  console.log('\nProcessor time, with wall clock time in brackets. Wall clock time includes the time of other programs.')
  console.table(
    Object.fromEntries(
      Object.entries(rows).map(([name, { frames, seconds, script, task }]) => [
        name,
        {
          'frames/s': Math.round(frames / seconds),
          [`script per frame, p95 (${SCRIPT_MS} ms)`]: cell(script, 0.95),
          [`longest task (${LONGEST_TASK_MS} ms)`]: cell(task, 1),
          'tasks over limit': `${task.processor.filter((ms) => ms > LONGEST_TASK_MS).length} (${task.clock.filter((ms) => ms > LONGEST_TASK_MS).length})`,
        },
      ]),
    ),
  )
}
