import { isContainer, type Path } from './json-tree'

/** The state of a search. */
export interface SearchProgress {
  count: number
  done: boolean
}

interface Frame {
  keys: string[] | null
  values: unknown[]
  next: number
}

/** The number of matches that can be opened, from the first one. */
export const MAX_MATCHES = 20_000
const STEPS_PER_CLOCK_CHECK = 2_000

/** Finds a text in keys and values, in order. Each call searches for a limited time. */
export class JsonSearch {
  readonly #pattern: RegExp
  readonly #stack: Frame[]
  readonly #matches: Path[] = []
  #count = 0

  constructor(value: unknown, text: string) {
    this.#pattern = searchPattern(text)
    this.#stack = isContainer(value) ? [frameOf(value)] : []
  }

  get progress(): SearchProgress {
    return { count: this.#count, done: this.#stack.length === 0 }
  }

  /** Returns the path of a match. Only the first `MAX_MATCHES` have one. */
  match(number: number): Path | undefined {
    return this.#matches[number]
  }

  advance(milliseconds: number): SearchProgress {
    const end = performance.now() + milliseconds
    let steps = 0
    while (this.#stack.length > 0) {
      if (++steps % STEPS_PER_CLOCK_CHECK === 0 && performance.now() > end) break
      this.#step()
    }
    return this.progress
  }

  #step(): void {
    const frame = this.#stack.at(-1)
    if (!frame) return
    if (frame.next >= frame.values.length) {
      this.#stack.pop()
      return
    }
    const index = frame.next++
    const value = frame.values[index]
    const key = frame.keys?.[index]
    const container = isContainer(value)
    if ((key !== undefined && this.#pattern.test(key)) || (!container && this.#pattern.test(String(value)))) {
      this.#count += 1
      if (this.#matches.length < MAX_MATCHES) this.#matches.push(this.#stack.map(({ next }) => next - 1))
    }
    if (container) this.#stack.push(frameOf(value))
  }
}

function frameOf(value: object): Frame {
  return Array.isArray(value)
    ? { keys: null, values: value as unknown[], next: 0 }
    : { keys: Object.keys(value), values: Object.values(value), next: 0 }
}

/** Returns a pattern that ignores case. */
export function searchPattern(text: string): RegExp {
  return new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'i')
}
