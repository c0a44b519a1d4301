import { expect, it } from 'vitest'
import { detailsIn } from './event-details'

const words = (details: Parameters<typeof detailsIn>[0]) => detailsIn(details).map((detail) => detail.words)

it('tells a start without the API’s own names, and leads to what it was of', () => {
  const told = { batch: 'batch-3', pipeline: 'pipe-3', pipelineVersion: 2, overriddenSteps: [1, 3], files: 1200, startFrom: 'BLANK' }
  expect(words(told)).toEqual([
    'its batch',
    'its pipeline',
    'version 2',
    'with other parameters in step 1, 3',
    '1,200 files',
    'from a blank MMIF',
  ])
  expect(detailsIn(told)[1]?.link).toEqual({ kind: 'pipeline', id: 'pipe-3' })
})

it('tells the limits of an app', () => {
  expect(words({ maxConcurrency: 3, timeoutSeconds: 86_400, oneAtATime: false, active: false })).toEqual([
    '3 calls at once',
    'at most 24 h a call',
    'several calls at a time',
    'deactivated',
  ])
})

it('tells what it has no words for as it is, and nothing of what there is not', () => {
  expect(words({ inTwoWords: 'x', added: 1200, badRows: 1, files: null, overriddenSteps: [] })).toEqual(['in two words x', '1,200 added', '1 bad row'])
  expect(words(null)).toEqual([])
})
