/** What a step of a file is, as small as it can be told: one byte for each step of each file. */
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
  retrying: 'waiting for another call',
  paused: 'paused',
  running: 'running',
  finished: 'finished',
  failed: 'failed',
  canceled: 'canceled',
  unreached: 'not reached',
}

interface StepLike {
  status: RunStatus
  attempts: number
}

/** `paused`: the whole file is. `failed`: an earlier step of it has. */
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
