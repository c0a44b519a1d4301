import { useSyncExternalStore } from 'react'

/** A choice of the person that this browser remembers, the same in all its tabs. */
export class StoredChoice<Value extends string> {
  readonly #key: string
  readonly #watchers = new Set<() => void>()
  readonly #fallback: Value
  readonly #allowed: (value: string) => value is Value
  /** Where the browser keeps nothing: it holds as long as the page is open. */
  #unkept: string | null = null

  constructor(key: string, fallback: Value, allowed: (value: string) => value is Value) {
    this.#key = key
    this.#fallback = fallback
    this.#allowed = allowed
    addEventListener('storage', (event) => {
      if (event.key === key) this.#tell()
    })
  }

  get = (): Value => {
    const value = this.#unkept ?? this.#kept()
    return value !== null && this.#allowed(value) ? value : this.#fallback
  }

  set(value: Value): void {
    try {
      localStorage.setItem(this.#key, value)
      this.#unkept = null
    } catch {
      this.#unkept = value
    }
    this.#tell()
  }

  watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  #kept(): string | null {
    try {
      return localStorage.getItem(this.#key)
    } catch {
      return null // even to look is forbidden where cookies are blocked
    }
  }

  #tell(): void {
    for (const watcher of this.#watchers) watcher()
  }
}

export function useStoredChoice<Value extends string>(choice: StoredChoice<Value>): Value {
  return useSyncExternalStore(choice.watch, choice.get)
}
