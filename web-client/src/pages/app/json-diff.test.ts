import { expect, it } from 'vitest'
import { diffJson } from './json-diff'

it('lists differences by path, and matches list items by name in any order', () => {
  const old = {
    version: 'v1',
    parameters: [
      { name: 'rate', default: 1 },
      { name: 'gone', default: 2 },
    ],
    output: [{ '@type': 'TimeFrame' }],
    labels: ['a'],
  }
  const now = {
    version: 'v2',
    parameters: [{ name: 'rate', default: 5 }],
    output: [{ '@type': 'TimePoint' }, { '@type': 'TimeFrame' }],
    labels: ['a', 'b'],
  }
  const differences = diffJson(old, now).map(({ path, old: before, now: after }) => [path.join('/'), before, after])
  expect(differences).toEqual([
    ['version', 'v1', 'v2'],
    ['parameters/rate/default', 1, 5],
    ['parameters/gone', { name: 'gone', default: 2 }, undefined],
    ['output/TimePoint', undefined, { '@type': 'TimePoint' }],
    ['labels', ['a'], ['a', 'b']],
  ])
  expect(diffJson(old, structuredClone(old))).toEqual([])
})
