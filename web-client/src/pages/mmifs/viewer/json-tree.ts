/**
 * A JSON value as rows, with some of its objects and lists expanded. Only expanded children are stored, so a row is
 * found by its number in logarithmic time, even in a long list.
 */

/** Indexes among siblings, from the root to the value. */
export type Path = readonly number[]

export type RowKind = 'object' | 'list' | 'text' | 'number' | 'boolean' | 'null'

export interface Row {
  path: Path
  /** Null for an entry of a list. */
  key: string | null
  kind: RowKind
  /** The value, or a preview of an object or a list. */
  text: string
  /** The text is incomplete. */
  cut: boolean
  /** The number of entries of an object or a list. */
  size: number
  open: boolean
  /** The number of siblings, including this row. */
  siblings: number
}

/** An expanded object or list. */
interface OpenNode {
  keys: string[] | null
  values: unknown[]
  open: Map<number, OpenNode>
  /** The indexes of expanded children, in order. */
  openIndexes: number[]
  /** For each of them, the number of rows inside the expanded children before it. */
  before: number[]
  rows: number
}

const TEXT_SHOWN = 300
const PREVIEW_SHOWN = 100
const CHILDREN_SHOWN = 20 // in a preview
const MAX_EXPANDED_AT_ONCE = 50_000

export class JsonTree {
  readonly #root: OpenNode

  constructor(value: unknown) {
    this.#root = openNode(value)
  }

  /** The current number of rows. */
  get length(): number {
    return this.#root.rows
  }

  rows(from: number, to: number): Row[] {
    const rows: Row[] = []
    for (let number = Math.max(0, from); number < Math.min(to, this.length); number++) rows.push(this.#row(number))
    return rows
  }

  /** Expands or collapses one object or list. */
  toggle(path: Path, open: boolean): void {
    const chain = this.#chain(path.slice(0, -1))
    const parent = chain.at(-1)
    const index = path.at(-1)
    if (!parent || index === undefined) return
    if (!open) parent.open.delete(index)
    else if (!parent.open.has(index) && isContainer(parent.values[index])) parent.open.set(index, openNode(parent.values[index]))
    for (const each of chain.reverse()) recountRows(each)
  }

  /** Expands an object or list and all entries inside it. Returns false if it reached the limit. */
  expandAll(path: Path): boolean {
    this.toggle(path, true)
    const chain = this.#chain(path)
    const top = chain.at(-1)
    if (!top || chain.length !== path.length + 1) return true
    let left = MAX_EXPANDED_AT_ONCE
    const expandInside = (parent: OpenNode) => {
      parent.values.forEach((value, index) => {
        if (!isContainer(value) || left <= 0) return
        left -= 1
        const child = parent.open.get(index) ?? openNode(value)
        parent.open.set(index, child)
        expandInside(child)
      })
      recountRows(parent)
    }
    expandInside(top)
    for (const each of chain.reverse()) recountRows(each)
    return left > 0
  }

  collapseAll(): void {
    this.#root.open.clear()
    recountRows(this.#root)
  }

  /** Expands all parents of a value and returns the number of its row. */
  reveal(path: Path): number {
    for (let depth = 1; depth < path.length; depth++) this.toggle(path.slice(0, depth), true)
    let number = 0
    let parent: OpenNode | undefined = this.#root
    for (const [depth, index] of path.entries()) {
      if (!parent) break
      number += index + rowsInsideBefore(parent, index) + (depth > 0 ? 1 : 0)
      parent = parent.open.get(index)
    }
    return number
  }

  /** Returns the value at a path, visible or not. */
  value(path: Path): unknown {
    let value: unknown
    let inside: unknown[] = this.#root.values
    for (const index of path) {
      value = inside[index]
      inside = Array.isArray(value) ? (value as unknown[]) : isContainer(value) ? Object.values(value) : []
    }
    return value
  }

  /** Returns the expanded parents of a value, from the root. */
  #chain(path: Path): OpenNode[] {
    const chain = [this.#root]
    for (const index of path) {
      const next = chain.at(-1)?.open.get(index)
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
      const [index, inside] = locateRow(parent, left)
      path.push(index)
      const child = parent.open.get(index)
      if (inside === null || !child) return rowOf(parent, index, path)
      parent = child
      left = inside
    }
  }
}

function openNode(value: unknown): OpenNode {
  const isList = Array.isArray(value)
  const values = isList ? (value as unknown[]) : Object.values(value as object)
  const keys = isList ? null : Object.keys(value as object)
  return { keys, values, open: new Map(), openIndexes: [], before: [], rows: values.length }
}

function recountRows(parent: OpenNode): void {
  parent.openIndexes = [...parent.open.keys()].sort((one, other) => one - other)
  parent.before = []
  let inside = 0
  for (const index of parent.openIndexes) {
    parent.before.push(inside)
    inside += parent.open.get(index)?.rows ?? 0
  }
  parent.rows = parent.values.length + inside
}

/** Returns the number of expanded children before an index. */
function openBefore({ openIndexes }: OpenNode, index: number): number {
  let low = 0
  let high = openIndexes.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((openIndexes[middle] ?? 0) < index) low = middle + 1
    else high = middle
  }
  return low
}

function rowsInsideBefore(parent: OpenNode, index: number): number {
  const count = openBefore(parent, index)
  if (count === 0) return 0
  const last = parent.openIndexes[count - 1] ?? 0
  return (parent.before[count - 1] ?? 0) + (parent.open.get(last)?.rows ?? 0)
}

/** Finds the child that contains a row, and the number of the row inside that child. Null means the row of the child itself. */
function locateRow(parent: OpenNode, number: number): [index: number, inside: number | null] {
  const { openIndexes, before } = parent
  let low = 0 // expanded children whose own row is not after this row
  let high = openIndexes.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((openIndexes[middle] ?? 0) + (before[middle] ?? 0) <= number) low = middle + 1
    else high = middle
  }
  if (low === 0) return [number, null]
  const index = openIndexes[low - 1] ?? 0
  const offset = number - index - (before[low - 1] ?? 0)
  const rows = parent.open.get(index)?.rows ?? 0
  if (offset === 0) return [index, null]
  return offset <= rows ? [index, offset - 1] : [index + offset - rows, null]
}

function rowOf(parent: OpenNode, index: number, path: number[]): Row {
  const value = parent.values[index]
  const kind = kindOf(value)
  const open = parent.open.has(index)
  const display = isContainer(value) ? (open ? { text: '', cut: false } : preview(value)) : scalar(value, TEXT_SHOWN)
  return {
    path,
    key: parent.keys?.[index] ?? null,
    kind,
    ...display,
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

/** Previews the first entries: `id: "v1:s1", start: 0`. A list of objects has no preview, because its entries look alike. */
function preview(value: object): { text: string; cut: boolean } {
  const isList = Array.isArray(value)
  if (isList && isContainer(value[0])) return { text: '', cut: false }
  const inside = isList ? (value as unknown[]).slice(0, CHILDREN_SHOWN).entries() : Object.entries(value)
  let text = ''
  let count = 0
  for (const [key, inner] of inside) {
    if (text.length > PREVIEW_SHOWN) break
    const label = isContainer(inner) ? (Array.isArray(inner) ? '[…]' : '{…}') : scalar(inner, 60).text
    text += `${text && ', '}${isList ? '' : `${key}: `}${label}`
    count += 1
  }
  return { text: text.slice(0, PREVIEW_SHOWN), cut: count < sizeOf(value) || text.length > PREVIEW_SHOWN }
}
