import { expect, it } from 'vitest'
import { JsonSearch } from './json-search'

const MMIF = {
  views: [
    { id: 'v_0', label: 'Slate' },
    { id: 'v_1', slates: [1, 'no', { label: 'chyron, slate' }] },
  ],
}

it('finds a text in keys and values, in whatever case, in their order', () => {
  const search = new JsonSearch(MMIF, 'SLATE')
  expect(search.goOn(1_000)).toEqual({ count: 3, done: true })
  expect([0, 1, 2, 3].map((number) => search.hit(number))).toEqual([[0, 0, 1], [0, 1, 1], [0, 1, 1, 2, 0], undefined])
})

it('takes signs as they are', () => {
  expect(new JsonSearch({ a: 'v1.0 (beta)', b: 'v120 beta' }, '1.0 (').goOn(1_000).count).toBe(1)
})

it('finds numbers and words of JSON', () => {
  expect(new JsonSearch({ a: 1500, b: null, c: true }, '150').goOn(1_000).count).toBe(1)
  expect(new JsonSearch({ a: 1500, b: null, c: true }, 'null').goOn(1_000).count).toBe(1)
})

it('goes on where it stood when its time was up', () => {
  const large = Array.from({ length: 100_000 }, (_, place) => ({ place, label: place % 10 === 0 ? 'slate' : 'none' }))
  const search = new JsonSearch(large, 'slate')
  const first = search.goOn(0)
  expect(first.done).toBe(false)
  let { done } = first
  let count = 0
  while (!done) ({ done, count } = search.goOn(5))
  expect(count).toBe(10_000)
})
