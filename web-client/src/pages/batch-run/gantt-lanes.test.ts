import { expect, test } from 'vitest'
import { assignLanes, ticks, type LaidCall } from './gantt-lanes'

function call(worker: string, startedAt: number, endedAt: number | null, running = false): LaidCall {
  return { worker, startedAt, endedAt, underWay: running }
}

test('concurrent calls of a worker get separate lanes, and free lanes are reused', () => {
  const lanes = assignLanes([call('b', 0, 10), call('a', 5, 20), call('b', 3, 8), call('b', 10, 12)], 100)
  expect(lanes.map(({ worker, calls }) => [worker, calls.map(({ startedAt }) => startedAt)])).toEqual([
    ['a', [5]],
    ['b', [0, 10]],
    ['b', [3]],
  ])
})

test('a running call keeps its lane, and a lost call frees it', () => {
  const lanes = assignLanes([call('w', 0, null, true), call('w', 200, 210), call('w', 201, null), call('w', 202, 203)], 100)
  expect(lanes.map(({ calls }) => calls.map(({ startedAt }) => startedAt))).toEqual([[0], [200], [201, 202]])
})

test('ticks are at round times', () => {
  const from = Date.parse('2026-01-01T12:00:07Z')
  const times = ticks(from, from + 60_000, 6)
  expect(times.map((at) => new Date(at).getSeconds())).toEqual([10, 20, 30, 40, 50, 0])
})
