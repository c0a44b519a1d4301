/** What people do, in words: the API names each action by its mutation. */
import type { Noun } from '../../components/noun-link'

const PAST: Record<string, string> = {
  add: 'added',
  cancel: 'canceled',
  create: 'made',
  delete: 'deleted',
  import: 'imported',
  pause: 'paused',
  refresh: 'asked again',
  register: 'registered',
  remove: 'removed from',
  resume: 'resumed',
  retry: 'retried',
  set: 'set',
  start: 'started',
  update: 'changed',
  upload: 'uploaded',
}

export const KINDS: Record<string, string> = {
  APP: 'app',
  PIPELINE: 'pipeline',
  BATCH: 'batch',
  BATCH_RUN: 'batch run',
  PIPELINE_RUN: 'run of a file',
  STEP_RUN: 'step',
  MMIF: 'MMIF',
  COLLECTION: 'collection',
  MEDIA_FILE: 'media file',
}

export const NOUNS: Record<string, Noun> = {
  APP: 'app',
  PIPELINE: 'pipeline',
  BATCH: 'batch',
  BATCH_RUN: 'batchRun',
  PIPELINE_RUN: 'pipelineRun',
  COLLECTION: 'collection',
  MEDIA_FILE: 'mediaFile',
}

/** `startBatch`: "started". */
export function verbOf(action: string): string {
  const [first = ''] = wordsIn(action)
  return PAST[first] ?? first
}

/** `setBatchRunPriority`: "set batch run priority". */
export function actionInWords(action: string): string {
  const [, ...rest] = wordsIn(action)
  return [verbOf(action), ...rest].join(' ')
}

/** `maxConcurrency`: "max concurrency". */
export function wordsIn(name: string): string[] {
  return name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(' ')
}
