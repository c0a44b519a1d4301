/** The files that match a filter, in run order. Kept up to date. */
import type { FileStatus } from './cell-state'
import type { FilesStore } from './files-store'

export interface FileFilter {
  /** Empty: any state. */
  statuses: readonly FileStatus[]
  /** Error code of the failed step. */
  code?: string | undefined
  /** Part of the GUID, ignoring case. */
  text?: string | undefined
}

export class ShownFiles {
  readonly #store: FilesStore
  readonly #filter: FileFilter
  readonly #statuses: ReadonlySet<FileStatus>
  readonly #text: string
  #texts = new Uint8Array(0) // 1: the GUID contains the text. GUIDs never change.
  #compared = 0
  #files = new Uint32Array(0)
  #count = 0
  #version = -1

  constructor(store: FilesStore, filter: FileFilter) {
    this.#store = store
    this.#filter = filter
    this.#statuses = new Set(filter.statuses)
    this.#text = (filter.text ?? '').toLowerCase()
  }

  get all(): boolean {
    return this.#statuses.size === 0 && this.#filter.code === undefined && this.#text === ''
  }

  /** Whether no file matches the filter. */
  get none(): boolean {
    return !this.all && this.count === 0
  }

  get count(): number {
    if (this.all) return this.#store.size
    this.#update()
    return this.#count
  }

  /** Returns the file at a position. */
  file(position: number): number {
    if (this.all) return position
    this.#update()
    return this.#files[position] ?? 0
  }

  /** Files by position. Null: all files match. Read-only, for fast painting. */
  get files(): Uint32Array | null {
    if (this.all) return null
    this.#update()
    return this.#files
  }

  /** Returns the position of a file, or of the next matching one. Returns -1 if no file matches. */
  positionOf(file: number): number {
    if (this.count === 0) return -1
    if (this.all) return Math.min(file, this.count - 1)
    let low = 0
    let high = this.#count - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#files[middle] ?? 0) < file) low = middle + 1
      else high = middle
    }
    return low
  }

  #update(): void {
    if (this.#version === this.#store.version) return
    this.#version = this.#store.version
    const { size } = this.#store
    if (this.#files.length < size) this.#files = new Uint32Array(size * 2)
    this.#compare(size)
    let count = 0
    for (let file = 0; file < size; file += 1) {
      if (this.#text !== '' && this.#texts[file] !== 1) continue
      if (this.#statuses.size > 0 && !this.#statuses.has(this.#store.status(file))) continue
      if (this.#filter.code !== undefined && this.#store.failure(file)?.code !== this.#filter.code) continue
      this.#files[count] = file
      count += 1
    }
    this.#count = count
  }

  #compare(size: number): void {
    if (this.#text === '') return
    if (this.#texts.length < size) {
      const larger = new Uint8Array(size * 2)
      larger.set(this.#texts)
      this.#texts = larger
    }
    for (; this.#compared < size; this.#compared += 1) {
      this.#texts[this.#compared] = this.#store.guid(this.#compared).toLowerCase().includes(this.#text) ? 1 : 0
    }
  }
}
