import { memo } from 'react'
import { useStaleSince } from '../lib/subscriptions'
import { useNow } from '../lib/server-clock'
import { formatExactTime, formatTimeAgo } from '../lib/format'
import { Tooltip } from './tooltip'

/** A moment, as long ago as it is, or was when the page was live; the exact one, in the person's zone, on hover. */
export const RelativeTime = memo(function Time({ at }: { at: string }) {
  const now = useNow(useStaleSince())
  const moment = new Date(at)
  return (
    <Tooltip text={formatExactTime(moment)}>
      <time dateTime={at}>{formatTimeAgo(moment, new Date(now))}</time>
    </Tooltip>
  )
})
