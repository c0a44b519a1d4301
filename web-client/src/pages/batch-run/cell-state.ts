/** The state of a step of a file, stored as one byte. */
import type { RunStatus } from '../../lib/graphql'

export const FILE_STATUSES = ['WAITING', 'RUNNING', 'FINISHED', 'FAILED', 'CANCELED'] as const

export type FileStatus = (typeof FILE_STATUSES)[number]

export const CELL_STATES = [
  'waiting',
  'retrying',
  'paused',
  'running',
  'finished',
  'failed',
  'canceled',
  'unreached',
] as const

export type CellState = (typeof CELL_STATES)[number]

export const CELL_WORDS: Record<CellState, string> = {
  waiting: 'waiting',
  retrying: 'waiting for a retry',
  paused: 'paused',
  running: 'running',
  finished: 'finished',
  failed: 'failed',
  canceled: 'not run',
  unreached: 'not run',
}

interface StepLike {
  status: RunStatus
  attempts: number
}

/** `paused`: the file is paused. `failed`: an earlier step of the file failed. */
export function cellStateOf(step: StepLike, paused: boolean, failed: boolean): CellState {
  switch (step.status) {
    case 'FINISHED':
      return 'finished'
    case 'FAILED':
      return 'failed'
    case 'RUNNING':
      return 'running'
    case 'CANCELED':
      return failed ? 'unreached' : 'canceled'
    case 'WAITING':
    case 'PAUSED':
      if (paused) return 'paused'
      return step.attempts > 0 ? 'retrying' : 'waiting'
  }
}
