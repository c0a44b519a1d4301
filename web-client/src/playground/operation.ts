import type { FetcherOpts, FetcherParams } from '@graphiql/toolkit'
import { Kind, parse, type DocumentNode } from 'graphql'

/**
 * What a person asks by what they see. GraphiQL reads the operations of a tab a moment after it shows it: until then it names those
 * of the tab before.
 */
export function asked(params: FetcherParams, options: FetcherOpts = {}): [FetcherParams, FetcherOpts] {
  const document = read(params.query)
  if (document === undefined) return [params, options] // the server says what is wrong with it
  const names = document.definitions.flatMap((each) => (each.kind === Kind.OPERATION_DEFINITION ? (each.name?.value ?? []) : []))
  const chosen = names.find((name) => name === params.operationName) ?? names[0] ?? null
  return [
    { ...params, operationName: chosen },
    { ...options, documentAST: document },
  ]
}

function read(query: string): DocumentNode | undefined {
  try {
    return parse(query)
  } catch {
    return undefined
  }
}
