import { timeRange } from '../../lib/date-range'
import type { graphql } from '../../lib/graphql'
import type { BatchesSearch } from './route'

export type BatchFilter = ReturnType<typeof graphql.scalar<'BatchFilter'>>

export function batchFilter({ text, pipeline, collection, from, to }: BatchesSearch): BatchFilter {
  return {
    text: text ?? null,
    pipelines: pipeline === undefined ? null : [pipeline],
    collections: collection === undefined ? null : [collection],
    created: timeRange({ from, to }),
  }
}
