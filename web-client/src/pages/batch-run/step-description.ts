import { errorLabel } from '../../lib/error-label'
import { formatPercent as inPercent } from '../../lib/format'
import { CELL_WORDS } from './cell-state'
import type { FilesStore } from './files-store'

/** Describes a step of a file: `running, 41 %`, `failed, app error, 3 calls`. */
export function describeStep(store: FilesStore, file: number, step: number): string {
  const state = store.cell(file, step)
  const words = [CELL_WORDS[state]]
  if (state === 'running') words.push(inPercent(store.percent(file, step)))
  const failure = store.failure(file)
  if (state === 'failed' && failure) words.push(errorLabel(failure.code).toLowerCase())
  const attempts = store.attempts(file, step)
  if (attempts > 1) words.push(attempts === 255 ? 'many calls' : `${attempts} calls`)
  return words.join(', ')
}
