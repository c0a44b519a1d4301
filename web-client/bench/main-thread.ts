/** How busy a page keeps its main thread, by a trace of Chromium's. */
import { expect, type CDPSession } from '@playwright/test'

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

export interface Measured {
  seconds: number
  frames: number
  script: Times
  task: Times
}

/** In milliseconds: by the clock, and of the processor alone. */
interface Times {
  clock: number[]
  processor: number[]
}

/** While the work is done. */
export async function measured(session: CDPSession, work: () => Promise<void>): Promise<Measured> {
  const began = Date.now()
  const events = await traced(session, work)
  return { ...timesIn(events), seconds: (Date.now() - began) / 1000 }
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

/** Of the page's main thread: how long script ran in each frame, and how long tasks were. */
function timesIn(events: TraceEvent[]): Omit<Measured, 'seconds'> {
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

/** Fails where a task took longer than it may, or a frame's script in one of the `smooth` rows, by the processor's time. */
export function hold(rows: Record<string, Measured>, smooth: string[] = []): void {
  const missed = Object.entries(rows).flatMap(([name, { script, task }]) => [
    ...(smooth.includes(name) ? over(`${name}: script a frame, p95`, quantile(script.processor, 0.95), SCRIPT_MS) : []),
    ...over(`${name}: longest task`, quantile(task.processor, 1), LONGEST_TASK_MS),
  ])
  expect(missed, 'what took longer than it may').toEqual([])
}

function over(what: string, ms: number, most: number): string[] {
  return ms > most ? [`${what} ${ms.toFixed(1)} ms, at most ${most} ms`] : []
}

/** A row for each. */
export function report(rows: Record<string, Measured>): void {
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
