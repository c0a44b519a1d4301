/** The files that a filter lets through, in the run's own order, kept right while they change. */
import type { FileStatus } from './cell-state'
import type { FilesStore } from './files-store'

export interface FileFilter {
  /** Empty: whatever state they are in. */
  statuses: readonly FileStatus[]
  /** Of the step that failed. */
  code?: string | undefined
  /** In the GUID, in whatever case. */
  text?: string | undefined
}

export class ShownFiles {
  readonly #store: FilesStore
  readonly #filter: FileFilter
  readonly #statuses: ReadonlySet<FileStatus>
  readonly #text: string
  #texts = new Uint8Array(0) // 1: its GUID holds the text. GUIDs never change.
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

  /** The filter lets none through. */
  get none(): boolean {
    return !this.all && this.count === 0
  }

  get count(): number {
    if (this.all) return this.#store.size
    this.#update()
    return this.#count
  }

  /** The file in this place among them. */
  file(place: number): number {
    if (this.all) return place
    this.#update()
    return this.#files[place] ?? 0
  }

  /** By place; null: every file stands in its own. For what paints many; never written to. */
  get files(): Uint32Array | null {
    if (this.all) return null
    this.#update()
    return this.#files
  }

  /** Where this file, or else the next one that is let through, stands among them; -1 if there is none. */
  placeOf(file: number): number {
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
