import { isContainer, type Path } from './json-tree'

/** How much of a value was searched, and what was found. */
export interface Found {
  count: number
  done: boolean
}

interface Frame {
  keys: string[] | null
  values: unknown[]
  next: number
}

/** Hits that can be gone to: the first ones. */
export const KEPT = 20_000
const STEPS_PER_LOOK = 2_000 // at the clock

/** Finds a text in keys and values, in their order, a stretch of time at a time. */
export class JsonSearch {
  readonly #pattern: RegExp
  readonly #stack: Frame[]
  readonly #hits: Path[] = []
  #count = 0

  constructor(value: unknown, text: string) {
    this.#pattern = patternOf(text)
    this.#stack = isContainer(value) ? [frameOf(value)] : []
  }

  get found(): Found {
    return { count: this.#count, done: this.#stack.length === 0 }
  }

  /** The path of a hit; of more than 20,000 the first ones are kept. */
  hit(number: number): Path | undefined {
    return this.#hits[number]
  }

  goOn(milliseconds: number): Found {
    const end = performance.now() + milliseconds
    let steps = 0
    while (this.#stack.length > 0) {
      if (++steps % STEPS_PER_LOOK === 0 && performance.now() > end) break
      this.#step()
    }
    return this.found
  }

  #step(): void {
    const frame = this.#stack.at(-1)
    if (!frame) return
    if (frame.next >= frame.values.length) {
      this.#stack.pop()
      return
    }
    const place = frame.next++
    const value = frame.values[place]
    const key = frame.keys?.[place]
    const inside = isContainer(value)
    if ((key !== undefined && this.#pattern.test(key)) || (!inside && this.#pattern.test(String(value)))) {
      this.#count += 1
      if (this.#hits.length < KEPT) this.#hits.push(this.#stack.map(({ next }) => next - 1))
    }
    if (inside) this.#stack.push(frameOf(value))
  }
}

function frameOf(value: object): Frame {
  return Array.isArray(value)
    ? { keys: null, values: value as unknown[], next: 0 }
    : { keys: Object.keys(value), values: Object.values(value), next: 0 }
}

/** In whatever case. */
export function patternOf(text: string): RegExp {
  return new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'i')
}
