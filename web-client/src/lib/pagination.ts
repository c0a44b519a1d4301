/** The page of a list as URL parameters and as query variables. */
import { booleanParam, choiceParam, textParam } from './search-params'

export const PAGE_SIZE = 50

export interface PageSearch<Sort extends string> {
  sort?: Sort | undefined
  descending?: boolean | undefined
  /** Cursors. At most one is set. */
  after?: string | undefined
  before?: string | undefined
}

/** Reads the page from URL parameters. For validateSearch. */
export function pageParams<Sort extends string>(search: Record<string, unknown>, sorts: readonly Sort[]): PageSearch<Sort> {
  return {
    sort: choiceParam(search.sort, sorts),
    descending: booleanParam(search.descending),
    after: textParam(search.after),
    before: textParam(search.before),
  }
}

export interface PageVariables {
  first?: number
  after?: string
  last?: number
  before?: string
}

/** Returns the page as query variables. */
export function pageVariables({ after, before }: PageSearch<string>): PageVariables {
  if (before !== undefined) return { last: PAGE_SIZE, before }
  return after === undefined ? { first: PAGE_SIZE } : { first: PAGE_SIZE, after }
}

export interface PageInfo {
  hasNextPage: boolean
  hasPreviousPage: boolean
  startCursor: string | null
  endCursor: string | null
}
