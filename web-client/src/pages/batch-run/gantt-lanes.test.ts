import { expect, test } from 'vitest'
import { intoLanes, ticks, type LaidCall } from './gantt-lanes'

function call(worker: string, startedAt: number, endedAt: number | null, underWay = false): LaidCall {
  return { worker, startedAt, endedAt, underWay }
}

test('what a worker held at once lies in lanes beside one another, and a free lane is used again', () => {
  const lanes = intoLanes([call('b', 0, 10), call('a', 5, 20), call('b', 3, 8), call('b', 10, 12)], 100)
  expect(lanes.map(({ worker, calls }) => [worker, calls.map(({ startedAt }) => startedAt)])).toEqual([
    ['a', [5]],
    ['b', [0, 10]],
    ['b', [3]],
  ])
})

test('a lane in which a call is under way stays its own; one that was lost gives it back', () => {
  const lanes = intoLanes([call('w', 0, null, true), call('w', 200, 210), call('w', 201, null), call('w', 202, 203)], 100)
  expect(lanes.map(({ calls }) => calls.map(({ startedAt }) => startedAt))).toEqual([[0], [200], [201, 202]])
})

test('marks stand at round moments', () => {
  const from = Date.parse('2026-01-01T12:00:07Z')
  const found = ticks(from, from + 60_000, 6)
  expect(found.map((at) => new Date(at).getSeconds())).toEqual([10, 20, 30, 40, 50, 0])
})
