/** Mutations as functions that reject with a message for the user. */
import type { TadaDocumentNode } from 'gql.tada'
import { useCallback } from 'react'
import { useClient, type AnyVariables } from 'urql'
import { problemOf, type Problem } from './client'

export class ApiError extends Error {
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.message)
    this.problem = problem
  }
}

export function useThrowingMutation<Data, Variables extends AnyVariables>(
  document: TadaDocumentNode<Data, Variables>,
): (variables: Variables) => Promise<Data> {
  const client = useClient()
  return useCallback(
    async (variables) => {
      const { data, error } = await client.mutation(document, variables).toPromise()
      if (error) throw new ApiError(problemOf(error))
      if (data === undefined) throw new Error('Chowda sent no data.')
      return data
    },
    [client, document],
  )
}

/** Returns the message of a thrown value for display. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
