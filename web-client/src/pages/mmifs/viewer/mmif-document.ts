import { JsonSearch, type Found } from './json-search'
import { JsonTree, type Path, type Row } from './json-tree'
import { summaryOf, type MmifSummary } from './mmif-summary'
import { MmifTexts, type MmifText } from './mmif-texts'

/** Open from the first: `documents`, `views`. */
const FIRST_OPEN = 2_000
const VALUE_SHOWN = 200_000

/** A MMIF that was read whole, and what is asked of it. Its methods are called from the page, over to the worker. */
export class MmifDocument {
  readonly #mmif: unknown
  readonly #tree: JsonTree
  #texts: MmifTexts | undefined
  #search: JsonSearch | undefined

  constructor(text: string) {
    this.#mmif = JSON.parse(text)
    this.#tree = new JsonTree(this.#mmif)
    for (const [place, { size, kind }] of this.#tree.rows(0, this.#tree.length).entries()) {
      if (kind !== 'text' && size <= FIRST_OPEN) this.#tree.toggle([place], true)
    }
  }

  summary(): MmifSummary {
    return summaryOf(this.#mmif)
  }

  rows(from: number, to: number): { total: number; rows: Row[] } {
    return { total: this.#tree.length, rows: this.#tree.rows(from, to) }
  }

  toggle(path: Path, open: boolean): number {
    this.#tree.toggle(path, open)
    return this.#tree.length
  }

  openWhole(path: Path): boolean {
    return this.#tree.openWhole(path)
  }

  closeAll(): number {
    this.#tree.closeAll()
    return this.#tree.length
  }

  /** The number of its row, after all around it was opened. */
  reveal(path: Path): { row: number; total: number } {
    const row = this.#tree.reveal(path)
    return { row, total: this.#tree.length }
  }

  /** A text in full, or as much of it as can be shown at once. */
  text(path: Path): { text: string; length: number } {
    const value = this.#tree.value(path)
    const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2)
    return { text: text.slice(0, VALUE_SHOWN), length: text.length }
  }

  find(text: string, milliseconds: number): Found {
    this.#search = new JsonSearch(this.#mmif, text)
    return this.#search.goOn(milliseconds)
  }

  findOn(milliseconds: number): Found {
    return this.#search?.goOn(milliseconds) ?? { count: 0, done: true }
  }

  hit(number: number): { row: number; total: number; path: Path } | null {
    const path = this.#search?.hit(number)
    return path ? { ...this.reveal(path), path } : null
  }

  texts(view: string | null, find: string, from: number, to: number): { total: number; texts: MmifText[] } {
    this.#texts ??= new MmifTexts(this.#mmif)
    return this.#texts.page(view, find, from, to)
  }
}

export type { Found, MmifSummary, MmifText, Path, Row }
