import { expect, test } from 'vitest'
import { filesPerMinute, noted, secondsLeft, type Pace } from './pace'

function paceOf(...samples: [seconds: number, percent: number, ended: number][]): Pace {
  return samples.reduce<Pace>((pace, [at, percent, ended]) => noted(pace, at * 1000, percent, ended), [])
}

test('what is left takes as long as what was done', () => {
  const pace = paceOf([0, 0, 0], [60, 25, 50])
  expect(secondsLeft(pace)).toBe(180)
  expect(filesPerMinute(pace)).toBe(50)
})

test('nothing is told from one moment, or where nothing has grown', () => {
  expect(secondsLeft(paceOf([0, 10, 1]))).toBeNull()
  expect(secondsLeft(paceOf([0, 10, 1], [1, 20, 2]))).toBeNull()
  expect(secondsLeft(paceOf([0, 10, 1], [60, 10, 1]))).toBeNull()
})

test('what was long ago does not count, but a run that is seldom heard of has an estimate', () => {
  expect(secondsLeft(paceOf([0, 0, 0], [900, 80, 8], [1100, 82, 9], [1250, 85, 9]))).toBe(1050)
  expect(secondsLeft(paceOf([0, 0, 0], [1000, 50, 5]))).toBe(1000)
})

test('a retry begins anew', () => {
  expect(secondsLeft(paceOf([0, 0, 0], [60, 90, 9], [61, 40, 4]))).toBeNull()
  expect(secondsLeft(paceOf([0, 0, 0], [60, 90, 9], [61, 40, 4], [71, 50, 5]))).toBe(50)
})

test('the same moment twice counts once', () => {
  const once = paceOf([0, 0, 0], [60, 25, 50])
  expect(noted(once, 60_000, 25, 50)).toEqual(once)
})
