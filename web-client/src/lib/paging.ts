/** A page of a list, as the address holds it. */
import { flagIn, oneIn, textIn } from './search'

export const PAGE_SIZE = 50

export interface PageSearch<Sort extends string> {
  sort?: Sort | undefined
  descending?: boolean | undefined
  /** Cursors; at most one of them. */
  after?: string | undefined
  before?: string | undefined
}

/** For validateSearch. */
export function pageIn<Sort extends string>(search: Record<string, unknown>, sorts: readonly Sort[]): PageSearch<Sort> {
  return {
    sort: oneIn(search.sort, sorts),
    descending: flagIn(search.descending),
    after: textIn(search.after),
    before: textIn(search.before),
  }
}

interface PageVariables {
  first?: number
  after?: string
  last?: number
  before?: string
}

/** For the query. */
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
