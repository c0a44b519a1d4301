import { expect, test } from 'vitest'
import { filesPerMinute, addSample, estimateSecondsLeft as secondsLeftWith, type ProgressSamples } from './progress-rate'

function paceOf(...samples: [seconds: number, percent: number, ended: number][]): ProgressSamples {
  return samples.reduce<ProgressSamples>((pace, [at, percent, ended]) => addSample(pace, at * 1000, percent, ended), [])
}

const app = (waiting: number, running: number, finished: number) => ({ counts: { waiting, running, finished, failed: 0 } })
const secondsLeft = (pace: ProgressSamples) => secondsLeftWith(pace, [app(5, 1, 5)])

test('an app that has not ended any file yet may take any time', () => {
  const pace = paceOf([0, 0, 0], [60, 25, 0])
  expect(secondsLeftWith(pace, [app(0, 1, 5), app(3, 2, 0)])).toBeNull()
  expect(secondsLeftWith(pace, [app(0, 1, 5), app(3, 2, 1)])).toBe(180)
  expect(secondsLeftWith(pace, [app(0, 0, 6), app(0, 0, 0)])).toBe(180)
})

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
  expect(addSample(once, 60_000, 25, 50)).toEqual(once)
})
