/** Describes the details of an event in words instead of API names. */
import type { EntityKind } from '../../components/entity-link'
import type { Json } from '../../lib/graphql'
import { formatBytes, formatCount, pluralize, formatDuration } from '../../lib/format'
import { splitCamelCase } from './action-labels'

export interface Detail {
  words: string
  /** The page of the object. */
  link?: { kind: EntityKind; id: string }
}

const STARTS: Record<string, string> = {
  BLANK: 'from scratch',
  INPUT: 'from the batch’s input',
  NEWEST: 'from the newest MMIF',
  INPUT_OR_NEWEST: 'from the batch’s input, or else the newest MMIF',
}

type Words = (value: Json) => string

const number =
  (words: (value: number) => string): Words =>
  (value) =>
    words(Number(value))

const either =
  (yes: string, no: string): Words =>
  (value) =>
    value === true ? yes : no

const WORDS: Record<string, Words> = {
  active: either('activated', 'deactivated'),
  archived: either('archived', 'restored from the archive'),
  badRows: number((value) => pluralize(value, 'bad row')),
  batches: number((value) => pluralize(value, 'batch', 'batches')),
  documents: number((value) => pluralize(value, 'document')),
  endpoint: (value) => `at ${textOf(value)}`,
  files: number((value) => pluralize(value, 'file')),
  fromStep: (value) => `from step ${textOf(value)}`,
  identifier: textOf,
  maxConcurrency: number((value) => `${pluralize(value, 'call')} at once`),
  message: textOf,
  mmifs: number((value) => pluralize(value, 'MMIF', 'MMIF')),
  name: (value) => `named ${textOf(value)}`,
  oneAtATime: either('one call at a time', 'several calls at a time'),
  outcome: (value) => textOf(value).toLowerCase().replaceAll('_', ' '),
  overriddenSteps: (value) => `override parameters in step ${Array.isArray(value) ? value.map(textOf).join(', ') : textOf(value)}`,
  pipelineVersion: (value) => `version ${textOf(value)}`,
  priority: (value) => `priority ${textOf(value)}`,
  size: number(formatBytes),
  startFrom: (value) => STARTS[textOf(value)] ?? textOf(value),
  steps: number((value) => pluralize(value, 'step')),
  timeoutSeconds: number((value) => `timeout ${formatDuration(value)}`),
  version: (value) => `version ${textOf(value)}`,
}

const LINKS: Record<string, { kind: EntityKind; words: string }> = {
  batch: { kind: 'batch', words: 'batch' },
  batchRun: { kind: 'batchRun', words: 'batch run' },
  pipeline: { kind: 'pipeline', words: 'pipeline' },
}

export function detailsIn(details: Json): Detail[] {
  if (details === null || typeof details !== 'object' || Array.isArray(details)) return []
  return Object.entries(details)
    .filter(([, value]) => value !== null && !(Array.isArray(value) && value.length === 0))
    .map(([name, value]) => detailOf(name, value))
}

function detailOf(name: string, value: Json): Detail {
  const link = LINKS[name]
  if (link && typeof value === 'string') return { words: link.words, link: { kind: link.kind, id: value } }
  const words = WORDS[name]
  if (words) return { words: words(value) }
  const label = splitCamelCase(name).join(' ')
  return { words: typeof value === 'number' ? `${formatCount(value)} ${label}` : `${label} ${textOf(value)}` }
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
