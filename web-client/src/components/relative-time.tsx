import { memo } from 'react'
import { useStaleSince } from '../lib/subscriptions'
import { useNow } from '../lib/server-clock'
import { formatExactTime, formatTimeAgo } from '../lib/format'
import { Tooltip } from './tooltip'

/** A time as "5 minutes ago", with the exact local time on hover. While the page is stale, the text stays as it is. */
export const RelativeTime = memo(function Time({ at }: { at: string }) {
  const now = useNow(useStaleSince())
  const moment = new Date(at)
  return (
    <Tooltip text={formatExactTime(moment)}>
      <time dateTime={at}>{formatTimeAgo(moment, new Date(now))}</time>
    </Tooltip>
  )
})
