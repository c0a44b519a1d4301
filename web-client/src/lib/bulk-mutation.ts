/** What is done to many at once, and what it would do: the same mutation, with dryRun. */
import type { TadaDocumentNode } from 'gql.tada'
import { client, problemOf } from './client'
import { graphql, type FragmentOf } from './graphql'

export const BulkOutcome = graphql(`
  fragment BulkOutcome on BulkResult @_unmask {
    message
    doneCount
    unchanged {
      id
      message
    }
  }
`)

export type BulkOutcome = FragmentOf<typeof BulkOutcome>

/** Its field is called `outcome`, and it takes `dryRun`. */
export type BulkMutation<Variables extends Record<string, unknown>> = TadaDocumentNode<
  { outcome: BulkOutcome },
  Variables & { dryRun: boolean }
>

/** What would be done, in numbers: the answer of a bulk mutation with dryRun. */
export interface BulkPreview {
  message: string
  unchanged: { id: string; message: string }[]
  /** There is nothing that it would do. */
  nothing: boolean
}

/** Rejects with what the server said. */
export async function previewBulkMutation<Variables extends Record<string, unknown>>(
  mutation: BulkMutation<Variables>,
  variables: Variables,
): Promise<BulkPreview> {
  const { message, unchanged, doneCount } = await execute(mutation, { ...variables, dryRun: true })
  return { message, unchanged, nothing: doneCount === 0 }
}

/** What was done, in words. Rejects with what the server said, also where nothing could be done. */
export async function runBulkMutation<Variables extends Record<string, unknown>>(
  mutation: BulkMutation<Variables>,
  variables: Variables,
): Promise<string> {
  const { message, unchanged, doneCount } = await execute(mutation, { ...variables, dryRun: false })
  if (doneCount === 0 && unchanged[0]) throw new Error(unchanged[0].message)
  return message
}

async function execute<Variables extends Record<string, unknown>>(
  mutation: BulkMutation<Variables>,
  variables: Variables & { dryRun: boolean },
): Promise<BulkOutcome> {
  const { data, error } = await client.mutation(mutation, variables)
  if (error) throw new Error(problemOf(error).message)
  if (!data) throw new Error('Chowda gave no answer.')
  return data.outcome
}
