import { expect, it } from 'vitest'
import { detailsIn } from './event-details'

const words = (details: Parameters<typeof detailsIn>[0]) => detailsIn(details).map((detail) => detail.words)

it('describes a start in words, with links to its batch and pipeline', () => {
  const start = { batch: 'batch-3', pipeline: 'pipe-3', pipelineVersion: 2, overriddenSteps: [1, 3], files: 1200, startFrom: 'BLANK' }
  expect(words(start)).toEqual([
    'batch',
    'pipeline',
    'version 2',
    'override parameters in step 1, 3',
    '1,200 files',
    'from scratch',
  ])
  expect(detailsIn(start)[1]?.link).toEqual({ kind: 'pipeline', id: 'pipe-3' })
})

it('describes the limits of an app', () => {
  expect(words({ maxConcurrency: 3, timeoutSeconds: 86_400, oneAtATime: false, active: false })).toEqual([
    '3 calls at once',
    'timeout 24 h',
    'several calls at a time',
    'deactivated',
  ])
})

it('shows unknown details unchanged, and omits empty ones', () => {
  expect(words({ inTwoWords: 'x', added: 1200, badRows: 1, files: null, overriddenSteps: [] })).toEqual(['in two words x', '1,200 added', '1 bad row'])
  expect(words(null)).toEqual([])
})
