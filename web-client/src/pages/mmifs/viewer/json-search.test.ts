import { expect, it } from 'vitest'
import { JsonSearch } from './json-search'

const MMIF = {
  views: [
    { id: 'v_0', label: 'Slate' },
    { id: 'v_1', slates: [1, 'no', { label: 'chyron, slate' }] },
  ],
}

it('finds a text in keys and values in order, in upper or lower case', () => {
  const search = new JsonSearch(MMIF, 'SLATE')
  expect(search.advance(1_000)).toEqual({ count: 3, done: true })
  expect([0, 1, 2, 3].map((number) => search.match(number))).toEqual([[0, 0, 1], [0, 1, 1], [0, 1, 1, 2, 0], undefined])
})

it('treats special characters as text', () => {
  expect(new JsonSearch({ a: 'v1.0 (beta)', b: 'v120 beta' }, '1.0 (').advance(1_000).count).toBe(1)
})

it('finds numbers, booleans and null', () => {
  expect(new JsonSearch({ a: 1500, b: null, c: true }, '150').advance(1_000).count).toBe(1)
  expect(new JsonSearch({ a: 1500, b: null, c: true }, 'null').advance(1_000).count).toBe(1)
})

it('continues where it stopped at the time limit', () => {
  const large = Array.from({ length: 100_000 }, (_, index) => ({ index, label: index % 10 === 0 ? 'slate' : 'none' }))
  const search = new JsonSearch(large, 'slate')
  const first = search.advance(0)
  expect(first.done).toBe(false)
  let { done } = first
  let count = 0
  while (!done) ({ done, count } = search.advance(5))
  expect(count).toBe(10_000)
})
