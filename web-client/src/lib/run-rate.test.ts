import { expect, test } from 'vitest'
import { runRate } from './run-rate'

let runs = 0
const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 12, minute)).toISOString()

/** Returns a function that creates the state of a run, started at twelve, at a minute. */
function createRun() {
  runs += 1
  const id = `brun-${runs}`
  return (minute: number, finished: number, more: { status?: 'RUNNING' | 'PAUSED'; endedAt?: string } = {}) => ({
    id,
    status: 'RUNNING' as const,
    asOf: at(minute),
    startedAt: at(0),
    percent: finished,
    counts: { finished, failed: 0, canceled: 0 },
    steps: [{ counts: { waiting: 50, running: 1, finished, failed: 0 } }],
    ...more,
  })
}

test('all pages show the same rate of a run', () => {
  const run = createRun()
  runRate(run(10, 10)) // on Now
  runRate(run(19, 20))
  const seen = runRate(run(20, 40))
  expect(seen.perMinute).toBe(3) // since the last sample before the window of five minutes
  expect(runRate({ ...run(20, 40) })).toEqual(seen) // on the page of the run, opened now
})

test('a run without earlier samples has its average rate', () => {
  expect(runRate(createRun()(10, 20)).perMinute).toBe(2)
})

test('a paused run has no rate, and a resumed run starts a new one', () => {
  const run = createRun()
  runRate(run(10, 20))
  expect(runRate(run(11, 20, { status: 'PAUSED' }))).toEqual({ perMinute: null, secondsLeft: null })
  expect(runRate(run(60, 20)).perMinute).toBeNull()
  expect(runRate(run(61, 24)).perMinute).toBe(4)
})

test('an ended run has its average rate', () => {
  const run = createRun()
  runRate(run(10, 20))
  expect(runRate(run(40, 60, { endedAt: at(30) }))).toEqual({ perMinute: 2, secondsLeft: null })
})
