/**
 * A JSON value as rows, with some of its objects and lists open. However long a list is: a row is found by its number
 * in logarithmic time, since an open child alone makes its parent longer than it is wide.
 */

/** From the outside in: each the place among its siblings. */
export type Path = readonly number[]

export type RowKind = 'object' | 'list' | 'text' | 'number' | 'boolean' | 'null'

export interface Row {
  path: Path
  /** Null: it stands in a list. */
  key: string | null
  kind: RowKind
  /** The value, or the beginning of what an object or a list holds. */
  text: string
  /** There is more of it than is shown. */
  cut: boolean
  /** Of an object or a list. */
  size: number
  open: boolean
  /** Of its siblings and itself. */
  siblings: number
}

/** An open object or list. */
interface Fold {
  keys: string[] | null
  values: unknown[]
  open: Map<number, Fold>
  /** Places of open children, in order … */
  places: number[]
  /** … and how many rows those before them have inside. */
  before: number[]
  rows: number
}

const TEXT_SHOWN = 300
const PREVIEW_SHOWN = 100
const CHILDREN_SHOWN = 20 // in a preview
const OPEN_AT_ONCE = 50_000

export class JsonTree {
  readonly #root: Fold

  constructor(value: unknown) {
    this.#root = fold(value)
  }

  /** How many rows there are now. */
  get length(): number {
    return this.#root.rows
  }

  rows(from: number, to: number): Row[] {
    const rows: Row[] = []
    for (let number = Math.max(0, from); number < Math.min(to, this.length); number++) rows.push(this.#row(number))
    return rows
  }

  /** Opens or closes one object or list. */
  toggle(path: Path, open: boolean): void {
    const chain = this.#chain(path.slice(0, -1))
    const parent = chain.at(-1)
    const place = path.at(-1)
    if (!parent || place === undefined) return
    if (!open) parent.open.delete(place)
    else if (!parent.open.has(place) && isContainer(parent.values[place])) parent.open.set(place, fold(parent.values[place]))
    for (const each of chain.reverse()) measure(each)
  }

  /** Opens one with all that is in it; false: with so much that not all of it was opened. */
  openWhole(path: Path): boolean {
    this.toggle(path, true)
    const chain = this.#chain(path)
    const top = chain.at(-1)
    if (!top || chain.length !== path.length + 1) return true
    let left = OPEN_AT_ONCE
    const openIn = (parent: Fold) => {
      parent.values.forEach((value, place) => {
        if (!isContainer(value) || left <= 0) return
        left -= 1
        const child = parent.open.get(place) ?? fold(value)
        parent.open.set(place, child)
        openIn(child)
      })
      measure(parent)
    }
    openIn(top)
    for (const each of chain.reverse()) measure(each)
    return left > 0
  }

  closeAll(): void {
    this.#root.open.clear()
    measure(this.#root)
  }

  /** Opens all around a value; the number of its row. */
  reveal(path: Path): number {
    for (let depth = 1; depth < path.length; depth++) this.toggle(path.slice(0, depth), true)
    let number = 0
    let parent: Fold | undefined = this.#root
    for (const [depth, place] of path.entries()) {
      if (!parent) break
      number += place + insideBefore(parent, place) + (depth > 0 ? 1 : 0)
      parent = parent.open.get(place)
    }
    return number
  }

  /** Whether it is seen or not. */
  value(path: Path): unknown {
    let value: unknown
    let inside: unknown[] = this.#root.values
    for (const place of path) {
      value = inside[place]
      inside = Array.isArray(value) ? (value as unknown[]) : isContainer(value) ? Object.values(value) : []
    }
    return value
  }

  /** The open ones on the way to a value, from the root on. */
  #chain(path: Path): Fold[] {
    const chain = [this.#root]
    for (const place of path) {
      const next = chain.at(-1)?.open.get(place)
      if (!next) break
      chain.push(next)
    }
    return chain
  }

  #row(number: number): Row {
    const path: number[] = []
    let parent = this.#root
    let left = number
    for (;;) {
      const [place, inside] = placeOf(parent, left)
      path.push(place)
      const child = parent.open.get(place)
      if (inside === null || !child) return rowOf(parent, place, path)
      parent = child
      left = inside
    }
  }
}

function fold(value: unknown): Fold {
  const isList = Array.isArray(value)
  const values = isList ? (value as unknown[]) : Object.values(value as object)
  const keys = isList ? null : Object.keys(value as object)
  return { keys, values, open: new Map(), places: [], before: [], rows: values.length }
}

function measure(parent: Fold): void {
  parent.places = [...parent.open.keys()].sort((one, other) => one - other)
  parent.before = []
  let inside = 0
  for (const place of parent.places) {
    parent.before.push(inside)
    inside += parent.open.get(place)?.rows ?? 0
  }
  parent.rows = parent.values.length + inside
}

/** How many of its open children stand before a place. */
function openBefore({ places }: Fold, place: number): number {
  let low = 0
  let high = places.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((places[middle] ?? 0) < place) low = middle + 1
    else high = middle
  }
  return low
}

function insideBefore(parent: Fold, place: number): number {
  const index = openBefore(parent, place)
  if (index === 0) return 0
  const last = parent.places[index - 1] ?? 0
  return (parent.before[index - 1] ?? 0) + (parent.open.get(last)?.rows ?? 0)
}

/** Which child a row inside belongs to, and its number inside that child; null: it is the child's own row. */
function placeOf(parent: Fold, number: number): [place: number, inside: number | null] {
  const { places, before } = parent
  let low = 0 // open children whose own row does not come after it
  let high = places.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((places[middle] ?? 0) + (before[middle] ?? 0) <= number) low = middle + 1
    else high = middle
  }
  if (low === 0) return [number, null]
  const place = places[low - 1] ?? 0
  const offset = number - place - (before[low - 1] ?? 0)
  const rows = parent.open.get(place)?.rows ?? 0
  if (offset === 0) return [place, null]
  return offset <= rows ? [place, offset - 1] : [place + offset - rows, null]
}

function rowOf(parent: Fold, place: number, path: number[]): Row {
  const value = parent.values[place]
  const kind = kindOf(value)
  const open = parent.open.has(place)
  const shown = isContainer(value) ? (open ? { text: '', cut: false } : preview(value)) : scalar(value, TEXT_SHOWN)
  return {
    path,
    key: parent.keys?.[place] ?? null,
    kind,
    ...shown,
    size: sizeOf(value),
    open,
    siblings: parent.values.length,
  }
}

export function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function kindOf(value: unknown): RowKind {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'list'
  switch (typeof value) {
    case 'object':
      return 'object'
    case 'string':
      return 'text'
    case 'number':
      return 'number'
    default:
      return 'boolean'
  }
}

function sizeOf(value: unknown): number {
  if (Array.isArray(value)) return value.length
  return isContainer(value) ? Object.keys(value).length : 0
}

function scalar(value: unknown, limit: number): { text: string; cut: boolean } {
  const text = typeof value === 'string' ? value : String(value)
  const line = text.length > limit ? text.slice(0, limit) : text
  return { text: typeof value === 'string' ? JSON.stringify(line) : line, cut: text.length > limit }
}

/** The beginning of what is inside: `id: "v1:s1", start: 0`. Of a list of objects nothing: they all look the same. */
function preview(value: object): { text: string; cut: boolean } {
  const isList = Array.isArray(value)
  if (isList && isContainer(value[0])) return { text: '', cut: false }
  const inside = isList ? (value as unknown[]).slice(0, CHILDREN_SHOWN).entries() : Object.entries(value)
  let text = ''
  let shown = 0
  for (const [key, inner] of inside) {
    if (text.length > PREVIEW_SHOWN) break
    const told = isContainer(inner) ? (Array.isArray(inner) ? '[…]' : '{…}') : scalar(inner, 60).text
    text += `${text && ', '}${isList ? '' : `${key}: `}${told}`
    shown += 1
  }
  return { text: text.slice(0, PREVIEW_SHOWN), cut: shown < sizeOf(value) || text.length > PREVIEW_SHOWN }
}
