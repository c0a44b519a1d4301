import { memo } from 'react'
import { useStaleSince } from '../lib/live'
import { useNow } from '../lib/now'
import { exactTime, timeAgo } from '../lib/words'
import { Tooltip } from './tooltip'

/** A moment, as long ago as it is, or was when the page was live; the exact one, in the person's zone, on hover. */
export const Time = memo(function Time({ at }: { at: string }) {
  const now = useNow(useStaleSince())
  const moment = new Date(at)
  return (
    <Tooltip text={exactTime(moment)}>
      <time dateTime={at}>{timeAgo(moment, new Date(now))}</time>
    </Tooltip>
  )
})
