import { initGraphQLTada } from 'gql.tada'
import type { introspection } from '../graphql-env'

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json }

/** Creates documents that are typed by the API schema. */
export const graphql = initGraphQLTada<{
  introspection: introspection
  scalars: { ID: string; DateTime: string; JSON: Json; BigInt: number }
}>()

export { readFragment } from 'gql.tada'
export type { FragmentOf, ResultOf, VariablesOf } from 'gql.tada'

export type RunStatus = ReturnType<typeof graphql.scalar<'RunStatus'>>
