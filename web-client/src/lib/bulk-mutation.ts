/** Runs bulk mutations, and previews them with dryRun. */
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

/** A mutation with a field `outcome` and a variable `dryRun`. */
export type BulkMutation<Variables extends Record<string, unknown>> = TadaDocumentNode<
  { outcome: BulkOutcome },
  Variables & { dryRun: boolean }
>

/** The result of a bulk mutation with dryRun. */
export interface BulkPreview {
  message: string
  unchanged: { id: string; message: string }[]
  /** Whether the mutation would change nothing. */
  nothing: boolean
}

/** Returns what the mutation would do. Rejects with the message of the server. */
export async function previewBulkMutation<Variables extends Record<string, unknown>>(
  mutation: BulkMutation<Variables>,
  variables: Variables,
): Promise<BulkPreview> {
  const { message, unchanged, doneCount } = await execute(mutation, { ...variables, dryRun: true })
  return { message, unchanged, nothing: doneCount === 0 }
}

/** Returns a message about what was done. Rejects with the message of the server, also if nothing was done. */
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
  if (!data) throw new Error('Chowda sent no data.')
  return data.outcome
}
