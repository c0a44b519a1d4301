import type { TadaDocumentNode } from 'gql.tada'
import { useState } from 'react'
import { useChangeFeed, type FeedStatus, type Freshness } from './subscriptions'

interface Variables extends Record<string, unknown> {
  batchRunId: string
}

/**
 * What changes in a batch run, file by file. The server's feed ends with the run; after a retry, whoever asked for it, it
 * goes on from `cursor`. `active`: the run has not ended.
 */
export function useRunFeed<Page>(
  document: TadaDocumentNode<Page, Variables & { after?: string | null }>,
  batchRunId: string,
  active: boolean,
  cursor: string | null,
  onPage: (page: Page) => Freshness & { cursor: string },
): FeedStatus {
  const [asked, setAsked] = useState({ active, after: cursor, over: false })
  if (asked.active !== active) setAsked({ active, after: cursor, over: false })
  const feed = useChangeFeed(document, asked.over ? null : { batchRunId, after: asked.after }, onPage)
  if (feed.ended && feed.refusal === null && !active && !asked.over) setAsked({ ...asked, over: true })
  return feed
}
