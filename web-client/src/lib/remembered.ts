import { useSyncExternalStore } from 'react'

/** A choice of the person that this browser remembers, the same in all its tabs. */
export class Remembered<Value extends string> {
  readonly #key: string
  readonly #watchers = new Set<() => void>()
  readonly #fallback: Value
  readonly #allowed: (value: string) => value is Value

  constructor(key: string, fallback: Value, allowed: (value: string) => value is Value) {
    this.#key = key
    this.#fallback = fallback
    this.#allowed = allowed
    addEventListener('storage', (event) => {
      if (event.key === key) this.#tell()
    })
  }

  get = (): Value => {
    const value = localStorage.getItem(this.#key)
    return value !== null && this.#allowed(value) ? value : this.#fallback
  }

  set(value: Value): void {
    localStorage.setItem(this.#key, value)
    this.#tell()
  }

  watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  #tell(): void {
    for (const watcher of this.#watchers) watcher()
  }
}

export function useRemembered<Value extends string>(choice: Remembered<Value>): Value {
  return useSyncExternalStore(choice.watch, choice.get)
}
