import { JsonSearch, type SearchProgress } from './json-search'
import { JsonTree, type Path, type Row } from './json-tree'
import { summarize, type MmifSummary } from './mmif-summary'
import { MmifTexts, type MmifText } from './mmif-texts'

/** Top-level objects and lists up to this size are expanded at first. */
const MAX_SIZE_EXPANDED = 2_000
const MAX_TEXT_LENGTH = 200_000

/** A parsed MMIF. It lives in the worker, and the page calls its methods by messages. */
export class MmifDocument {
  readonly #mmif: unknown
  readonly #tree: JsonTree
  #texts: MmifTexts | undefined
  #search: JsonSearch | undefined

  constructor(text: string) {
    this.#mmif = JSON.parse(text)
    this.#tree = new JsonTree(this.#mmif)
    for (const [index, { size, kind }] of this.#tree.rows(0, this.#tree.length).entries()) {
      if (kind !== 'text' && size <= MAX_SIZE_EXPANDED) this.#tree.toggle([index], true)
    }
  }

  summary(): MmifSummary {
    return summarize(this.#mmif)
  }

  rows(from: number, to: number): { total: number; rows: Row[] } {
    return { total: this.#tree.length, rows: this.#tree.rows(from, to) }
  }

  toggle(path: Path, open: boolean): number {
    this.#tree.toggle(path, open)
    return this.#tree.length
  }

  expandAll(path: Path): boolean {
    return this.#tree.expandAll(path)
  }

  collapseAll(): number {
    this.#tree.collapseAll()
    return this.#tree.length
  }

  /** Expands all parents of a value and returns the number of its row. */
  reveal(path: Path): { row: number; total: number } {
    const row = this.#tree.reveal(path)
    return { row, total: this.#tree.length }
  }

  /** Returns a text in full, up to the length that can be shown at once. */
  text(path: Path): { text: string; length: number } {
    const value = this.#tree.value(path)
    const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2)
    return { text: text.slice(0, MAX_TEXT_LENGTH), length: text.length }
  }

  find(text: string, milliseconds: number): SearchProgress {
    this.#search = new JsonSearch(this.#mmif, text)
    return this.#search.advance(milliseconds)
  }

  continueFind(milliseconds: number): SearchProgress {
    return this.#search?.advance(milliseconds) ?? { count: 0, done: true }
  }

  match(number: number): { row: number; total: number; path: Path } | null {
    const path = this.#search?.match(number)
    return path ? { ...this.reveal(path), path } : null
  }

  texts(view: string | null, find: string, from: number, to: number): { total: number; texts: MmifText[] } {
    this.#texts ??= new MmifTexts(this.#mmif)
    return this.#texts.page(view, find, from, to)
  }
}

export type { MmifSummary, MmifText, Path, Row, SearchProgress }
