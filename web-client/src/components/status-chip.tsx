import { Ban, Check, CircleDashed, LoaderCircle, Pause, X } from 'lucide-react'
import type { RunStatus } from '../lib/graphql'
import styles from './status-chip.module.css'

export const STATUS_WORDS: Record<RunStatus, string> = {
  WAITING: 'Waiting',
  RUNNING: 'Running',
  PAUSED: 'Paused',
  FINISHED: 'Finished',
  FAILED: 'Failed',
  CANCELED: 'Canceled',
}

const ICONS = {
  WAITING: CircleDashed,
  RUNNING: LoaderCircle,
  PAUSED: Pause,
  FINISHED: Check,
  FAILED: X,
  CANCELED: Ban,
}

/** The status of a run: label, color and icon. `still`: the page is stale, so the status may be out of date. */
export function StatusChip({ status, still = false }: { status: RunStatus; still?: boolean }) {
  const Icon = ICONS[status]
  return (
    <span className={[styles.chip, styles[status.toLowerCase()], still && styles.still].filter(Boolean).join(' ')}>
      <Icon aria-hidden size={14} strokeWidth={2.4} />
      {STATUS_WORDS[status]}
    </span>
  )
}
