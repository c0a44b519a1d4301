import { expect, test } from 'vitest'
import { filesPerMinute, addSample, estimateSecondsLeft as secondsLeftWith, type ProgressSamples } from './progress-rate'

function samplesOf(...points: [seconds: number, percent: number, ended: number][]): ProgressSamples {
  return points.reduce<ProgressSamples>((samples, [at, percent, ended]) => addSample(samples, at * 1000, percent, ended), [])
}

const app = (waiting: number, running: number, finished: number) => ({ counts: { waiting, running, finished, failed: 0 } })
const secondsLeft = (samples: ProgressSamples) => secondsLeftWith(samples, [app(5, 1, 5)])

test('there is no estimate before each app has finished a file', () => {
  const samples = samplesOf([0, 0, 0], [60, 25, 0])
  expect(secondsLeftWith(samples, [app(0, 1, 5), app(3, 2, 0)])).toBeNull()
  expect(secondsLeftWith(samples, [app(0, 1, 5), app(3, 2, 1)])).toBe(180)
  expect(secondsLeftWith(samples, [app(0, 0, 6), app(0, 0, 0)])).toBe(180)
})

test('the remaining files take as long as the finished ones', () => {
  const samples = samplesOf([0, 0, 0], [60, 25, 50])
  expect(secondsLeft(samples)).toBe(180)
  expect(filesPerMinute(samples)).toBe(50)
})

test('one sample, or no growth, gives no estimate', () => {
  expect(secondsLeft(samplesOf([0, 10, 1]))).toBeNull()
  expect(secondsLeft(samplesOf([0, 10, 1], [1, 20, 2]))).toBeNull()
  expect(secondsLeft(samplesOf([0, 10, 1], [60, 10, 1]))).toBeNull()
})

test('old samples do not count, but a run with rare samples has an estimate', () => {
  expect(secondsLeft(samplesOf([0, 0, 0], [900, 80, 8], [1100, 82, 9], [1250, 85, 9]))).toBe(1050)
  expect(secondsLeft(samplesOf([0, 0, 0], [1000, 50, 5]))).toBe(1000)
})

test('a retry resets the samples', () => {
  expect(secondsLeft(samplesOf([0, 0, 0], [60, 90, 9], [61, 40, 4]))).toBeNull()
  expect(secondsLeft(samplesOf([0, 0, 0], [60, 90, 9], [61, 40, 4], [71, 50, 5]))).toBe(50)
})

test('a repeated sample counts once', () => {
  const once = samplesOf([0, 0, 0], [60, 25, 50])
  expect(addSample(once, 60_000, 25, 50)).toEqual(once)
})
