import type { TadaDocumentNode } from 'gql.tada'
import { useState } from 'react'
import { useChangeFeed, type FeedStatus, type Freshness } from './subscriptions'

interface Variables extends Record<string, unknown> {
  batchRunId: string
}

/**
 * Subscribes to the file changes of a batch run. The feed ends with the run. After a retry it resumes at `cursor`.
 * `active`: whether the run has not ended.
 */
export function useRunFeed<Page>(
  document: TadaDocumentNode<Page, Variables & { after?: string | null }>,
  batchRunId: string,
  active: boolean,
  cursor: string | null,
  onPage: (page: Page) => Freshness & { cursor: string },
): FeedStatus {
  const [request, setRequest] = useState({ active, after: cursor, over: false })
  if (request.active !== active) setRequest({ active, after: cursor, over: false })
  const feed = useChangeFeed(document, request.over ? null : { batchRunId, after: request.after }, onPage)
  if (feed.ended && feed.refusal === null && !active && !request.over) setRequest({ ...request, over: true })
  return feed
}
