import { percent as inPercent } from '../../lib/words'
import { Check, Minus, X } from 'lucide-react'
import type { CellState } from './cell-state'
import styles from './step-cell.module.css'

interface StepCellProps {
  state: CellState
  percent: number
  /** What it stands for, app included. */
  words: string
}

/** A step of a file, as small as a sign. */
export function StepCell({ state, percent, words }: StepCellProps) {
  return (
    <span className={[styles.cell, styles[state]].filter(Boolean).join(' ')} title={words}>
      <span className="unseen">{words}. </span>
      {state === 'running' && <span aria-hidden className={styles.done} style={{ width: `${percent}%` }} />}
      <span aria-hidden className={styles.sign}>
        {signOf(state, percent)}
      </span>
    </span>
  )
}

function signOf(state: CellState, percent: number) {
  switch (state) {
    case 'finished':
      return <Check size={13} strokeWidth={2.6} />
    case 'failed':
      return <X size={13} strokeWidth={2.6} />
    case 'canceled':
    case 'unreached':
      return <Minus size={12} />
    case 'running':
      return inPercent(percent)
    case 'retrying':
      return 'again'
    case 'paused':
      return 'paused'
    case 'waiting':
      return null
  }
}
