import { expect, test } from 'vitest'
import { overrideOf } from './overrides'

test('returns only changed values, and null for removed ones', () => {
  const defaults = { rate: 500, labels: ['slate', 'bars'], language: 'eng' }
  expect(overrideOf(defaults, defaults)).toEqual({})
  expect(overrideOf(defaults, { rate: 250, labels: ['slate', 'bars'], careful: true })).toEqual({
    rate: 250,
    careful: true,
    language: null,
  })
  expect(overrideOf(defaults, { ...defaults, labels: ['slate'] })).toEqual({ labels: ['slate'] })
})
