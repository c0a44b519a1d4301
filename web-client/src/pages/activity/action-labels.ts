/** Labels for the actions in the audit log. An action has the name of its mutation. */
import type { EntityKind } from '../../components/entity-link'

const PAST: Record<string, string> = {
  add: 'added',
  cancel: 'canceled',
  create: 'created',
  delete: 'deleted',
  import: 'imported',
  pause: 'paused',
  refresh: 'refreshed',
  register: 'registered',
  remove: 'removed from',
  resume: 'resumed',
  retry: 'retried',
  set: 'set',
  start: 'started',
  update: 'updated',
  upload: 'uploaded',
}

export const KINDS: Record<string, string> = {
  APP: 'app',
  PIPELINE: 'pipeline',
  BATCH: 'batch',
  BATCH_RUN: 'batch run',
  PIPELINE_RUN: 'pipeline run',
  STEP_RUN: 'step',
  MMIF: 'MMIF',
  COLLECTION: 'collection',
  MEDIA_FILE: 'media file',
}

export const ENTITY_KINDS: Record<string, EntityKind> = {
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
  const [first = ''] = splitCamelCase(action)
  return PAST[first] ?? first
}

/** `setBatchRunPriority`: "set batch run priority". */
export function actionLabel(action: string): string {
  const [, ...rest] = splitCamelCase(action)
  return [verbOf(action), ...rest].join(' ')
}

/** `maxConcurrency`: "max concurrency". */
export function splitCamelCase(name: string): string[] {
  return name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(' ')
}
