/**
 * All files of a batch run, as the feed tells them, in columns of numbers: 100,000 files with two steps take about 20 MB,
 * and taking in a page of the feed costs well under a millisecond for each hundred files.
 */
import type { ResultOf } from '../../lib/graphql'
import { CELL_STATES, cellStateOf, FILE_STATUSES, type CellState, type FileStatus } from './cell-state'
import type { RunFiles } from './run-files-subscription'

export type FilesPage = ResultOf<typeof RunFiles>['pipelineRuns']
type ToldFile = FilesPage['pipelineRuns'][number]

export interface StepFailure {
  /** Of the step; counts from 1. */
  position: number
  code: string
  message: string
}

const LEAST = 512

export class FilesStore {
  /** Rises with every page that told something. */
  version = 0
  size = 0
  steps = 0
  /** How many files are in each state. */
  readonly counts = new Map<FileStatus, number>()
  /** How many failed with each code. */
  readonly codes = new Map<string, number>()
  /** From which the feed goes on. */
  cursor: string | null = null

  /** By file and step: the place of the state in CELL_STATES, and the percent. For what paints many; never written to. */
  cells = new Uint8Array(0)
  percents = new Uint8Array(0)

  readonly #ids: string[] = []
  readonly #guids: string[] = []
  readonly #places = new Map<string, number>()
  readonly #failures = new Map<number, StepFailure>()
  readonly #watchers = new Set<() => void>()
  #statuses = new Uint8Array(LEAST)
  #paused = new Uint8Array(LEAST)
  #changes = new Uint32Array(LEAST)
  #ended = new Float64Array(LEAST)
  #attempts = new Uint8Array(0)

  watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  /** Files that are new come after those that are known: the feed tells all of them once, in the run's own order. */
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

  /** The file's place, by the ID of its pipeline run. */
  place(id: string): number | undefined {
    return this.#places.get(id)
  }

  status(file: number): FileStatus {
    return FILE_STATUSES[this.#statuses[file] ?? 0] ?? 'WAITING'
  }

  /** The version with which it changed last. */
  changed(file: number): number {
    return this.#changes[file] ?? 0
  }

  /** Whether any of these has changed after that version; `to` is the one after the last. */
  changedSince(version: number, from: number, to: number): boolean {
    for (let file = from; file < to; file += 1) if ((this.#changes[file] ?? 0) > version) return true
    return false
  }

  isPaused(file: number): boolean {
    return this.#paused[file] === 1
  }

  /** In milliseconds; null while it has not ended. */
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

  /** Calls begun; 255 stands for more, too. */
  attempts(file: number, step: number): number {
    return this.#attempts[file * this.steps + step] ?? 0
  }

  #takeFile(told: ToldFile): void {
    if (this.steps === 0) this.#makeRoomForSteps(told.steps.length)
    let file = this.#places.get(told.id)
    if (file === undefined) {
      file = this.size
      this.size += 1
      if (this.size > this.#statuses.length) this.#grow()
      this.#ids.push(told.id)
      this.#guids.push(told.mediaFile.guid)
      this.#places.set(told.id, file)
    } else {
      add(this.counts, this.status(file), -1)
    }
    const status = FILE_STATUSES.find((each) => each === told.status) ?? 'WAITING'
    add(this.counts, status, 1)
    this.#statuses[file] = FILE_STATUSES.indexOf(status)
    this.#changes[file] = this.version
    this.#paused[file] = told.paused ? 1 : 0
    this.#ended[file] = told.endedAt === null ? 0 : Date.parse(told.endedAt)
    this.#takeSteps(file, told)
  }

  #takeSteps(file: number, told: ToldFile): void {
    let failure: StepFailure | undefined
    for (const [index, step] of told.steps.entries()) {
      const cell = file * this.steps + index
      this.cells[cell] = CELL_STATES.indexOf(cellStateOf(step, told.paused, failure !== undefined))
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

  #makeRoomForSteps(steps: number): void {
    this.steps = steps
    this.cells = new Uint8Array(LEAST * steps)
    this.percents = new Uint8Array(LEAST * steps)
    this.#attempts = new Uint8Array(LEAST * steps)
  }

  #grow(): void {
    const files = this.#statuses.length * 2
    this.#statuses = grown(this.#statuses, new Uint8Array(files))
    this.#paused = grown(this.#paused, new Uint8Array(files))
    this.#changes = grown(this.#changes, new Uint32Array(files))
    this.#ended = grown(this.#ended, new Float64Array(files))
    this.cells = grown(this.cells, new Uint8Array(files * this.steps))
    this.percents = grown(this.percents, new Uint8Array(files * this.steps))
    this.#attempts = grown(this.#attempts, new Uint8Array(files * this.steps))
  }
}

function add<Key>(counts: Map<Key, number>, key: Key, number: number): void {
  const count = (counts.get(key) ?? 0) + number
  if (count > 0) counts.set(key, count)
  else counts.delete(key)
}

function grown<Column extends Uint8Array | Uint32Array | Float64Array>(column: Column, larger: Column): Column {
  larger.set(column)
  return larger
}
