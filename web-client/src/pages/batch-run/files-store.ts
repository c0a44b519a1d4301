/**
 * All files of a batch run, stored in typed arrays: 100,000 files with two steps take about 20 MB, and a page of the feed
 * takes well under a millisecond per hundred files.
 */
import type { ResultOf } from '../../lib/graphql'
import { CELL_STATES, cellStateOf, FILE_STATUSES, type CellState, type FileStatus } from './cell-state'
import type { RunFiles } from './run-files-subscription'

export type FilesPage = ResultOf<typeof RunFiles>['pipelineRuns']
type FeedFile = FilesPage['pipelineRuns'][number]

export interface StepFailure {
  /** Position of the failed step. Counts from 1. */
  position: number
  code: string
  message: string
}

const MIN_CAPACITY = 512

export class FilesStore {
  /** Increases with each page that contains files. */
  version = 0
  size = 0
  steps = 0
  /** Number of files in each state. */
  readonly counts = new Map<FileStatus, number>()
  /** Number of failed files for each error code. */
  readonly codes = new Map<string, number>()
  /** Where the feed resumes. */
  cursor: string | null = null

  /** By file and step: the index of the state in CELL_STATES, and the percent. Read-only, for fast painting. */
  cells = new Uint8Array(0)
  percents = new Uint8Array(0)

  readonly #ids: string[] = []
  readonly #guids: string[] = []
  readonly #positions = new Map<string, number>()
  readonly #failures = new Map<number, StepFailure>()
  readonly #watchers = new Set<() => void>()
  #statuses = new Uint8Array(MIN_CAPACITY)
  #paused = new Uint8Array(MIN_CAPACITY)
  #changes = new Uint32Array(MIN_CAPACITY)
  #ended = new Float64Array(MIN_CAPACITY)
  #attempts = new Uint8Array(0)

  watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  /** Adds or updates the files of a page. New files are appended: the feed first sends all files in run order. */
  take(page: FilesPage): void {
    this.cursor = page.cursor
    if (page.pipelineRuns.length === 0) return
    this.version += 1
    for (const file of page.pipelineRuns) this.#takeFile(file)
    for (const watcher of this.#watchers) watcher()
  }

  id(file: number): string {
    return this.#ids[file] ?? ''
  }

  guid(file: number): string {
    return this.#guids[file] ?? ''
  }

  /** Returns the position of a file, by the ID of its pipeline run. */
  position(id: string): number | undefined {
    return this.#positions.get(id)
  }

  status(file: number): FileStatus {
    return FILE_STATUSES[this.#statuses[file] ?? 0] ?? 'WAITING'
  }

  /** The version of its last change. */
  changed(file: number): number {
    return this.#changes[file] ?? 0
  }

  /** Whether any file from `from` up to, but not including, `to` changed after `version`. */
  changedSince(version: number, from: number, to: number): boolean {
    for (let file = from; file < to; file += 1) if ((this.#changes[file] ?? 0) > version) return true
    return false
  }

  isPaused(file: number): boolean {
    return this.#paused[file] === 1
  }

  /** In milliseconds. Null if it has not ended. */
  endedAt(file: number): number | null {
    const at = this.#ended[file] ?? 0
    return at > 0 ? at : null
  }

  failure(file: number): StepFailure | undefined {
    return this.#failures.get(file)
  }

  /** `step` counts from 0. */
  cell(file: number, step: number): CellState {
    return CELL_STATES[this.cells[file * this.steps + step] ?? 0] ?? 'waiting'
  }

  percent(file: number, step: number): number {
    return this.percents[file * this.steps + step] ?? 0
  }

  /** Number of calls started, 255 at most. */
  attempts(file: number, step: number): number {
    return this.#attempts[file * this.steps + step] ?? 0
  }

  #takeFile(update: FeedFile): void {
    if (this.steps === 0) this.#allocateSteps(update.steps.length)
    let file = this.#positions.get(update.id)
    if (file === undefined) {
      file = this.size
      this.size += 1
      if (this.size > this.#statuses.length) this.#grow()
      this.#ids.push(update.id)
      this.#guids.push(update.mediaFile.guid)
      this.#positions.set(update.id, file)
    } else {
      add(this.counts, this.status(file), -1)
    }
    const status = FILE_STATUSES.find((each) => each === update.status) ?? 'WAITING'
    add(this.counts, status, 1)
    this.#statuses[file] = FILE_STATUSES.indexOf(status)
    this.#changes[file] = this.version
    this.#paused[file] = update.paused ? 1 : 0
    this.#ended[file] = update.endedAt === null ? 0 : Date.parse(update.endedAt)
    this.#takeSteps(file, update)
  }

  #takeSteps(file: number, update: FeedFile): void {
    let failure: StepFailure | undefined
    for (const [index, step] of update.steps.entries()) {
      const cell = file * this.steps + index
      this.cells[cell] = CELL_STATES.indexOf(cellStateOf(step, update.paused, failure !== undefined))
      this.percents[cell] = step.percent
      this.#attempts[cell] = Math.min(step.attempts, 255)
      if (step.status === 'FAILED' && step.error) failure = { position: index + 1, ...step.error }
    }
    const before = this.#failures.get(file)
    if (before) add(this.codes, before.code, -1)
    if (failure) {
      add(this.codes, failure.code, 1)
      this.#failures.set(file, failure)
    } else if (before) {
      this.#failures.delete(file)
    }
  }

  #allocateSteps(steps: number): void {
    this.steps = steps
    this.cells = new Uint8Array(MIN_CAPACITY * steps)
    this.percents = new Uint8Array(MIN_CAPACITY * steps)
    this.#attempts = new Uint8Array(MIN_CAPACITY * steps)
  }

  #grow(): void {
    const files = this.#statuses.length * 2
    this.#statuses = copyInto(this.#statuses, new Uint8Array(files))
    this.#paused = copyInto(this.#paused, new Uint8Array(files))
    this.#changes = copyInto(this.#changes, new Uint32Array(files))
    this.#ended = copyInto(this.#ended, new Float64Array(files))
    this.cells = copyInto(this.cells, new Uint8Array(files * this.steps))
    this.percents = copyInto(this.percents, new Uint8Array(files * this.steps))
    this.#attempts = copyInto(this.#attempts, new Uint8Array(files * this.steps))
  }
}

function add<Key>(counts: Map<Key, number>, key: Key, number: number): void {
  const count = (counts.get(key) ?? 0) + number
  if (count > 0) counts.set(key, count)
  else counts.delete(key)
}

function copyInto<Column extends Uint8Array | Uint32Array | Float64Array>(column: Column, larger: Column): Column {
  larger.set(column)
  return larger
}
