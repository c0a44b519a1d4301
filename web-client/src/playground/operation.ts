import type { FetcherOpts, FetcherParams } from '@graphiql/toolkit'
import { Kind, parse, type DocumentNode } from 'graphql'

/**
 * Returns the parameters and options for the operation that the editor shows. GraphiQL parses a tab with a delay after it
 * opens. Until then, it names the operations of the previous tab.
 */
export function visibleOperation(params: FetcherParams, options: FetcherOpts = {}): [FetcherParams, FetcherOpts] {
  const document = parseQuery(params.query)
  if (document === undefined) return [params, options] // the server reports the error
  const names = document.definitions.flatMap((each) => (each.kind === Kind.OPERATION_DEFINITION ? (each.name?.value ?? []) : []))
  const operationName = names.find((name) => name === params.operationName) ?? names[0] ?? null
  return [
    { ...params, operationName },
    { ...options, documentAST: document },
  ]
}

function parseQuery(query: string): DocumentNode | undefined {
  try {
    return parse(query)
  } catch {
    return undefined
  }
}
