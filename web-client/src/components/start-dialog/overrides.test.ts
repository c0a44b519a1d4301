import { expect, test } from 'vitest'
import { overrideOf } from './overrides'

test('only what is other than usual is said, and what was taken out is null', () => {
  const usual = { rate: 500, labels: ['slate', 'bars'], language: 'eng' }
  expect(overrideOf(usual, usual)).toEqual({})
  expect(overrideOf(usual, { rate: 250, labels: ['slate', 'bars'], careful: true })).toEqual({
    rate: 250,
    careful: true,
    language: null,
  })
  expect(overrideOf(usual, { ...usual, labels: ['slate'] })).toEqual({ labels: ['slate'] })
})
