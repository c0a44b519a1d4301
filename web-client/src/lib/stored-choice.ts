import { useSyncExternalStore } from 'react'

/** A choice of the user, stored in the browser and shared by its tabs. */
export class StoredChoice<Value extends string> {
  readonly #key: string
  readonly #watchers = new Set<() => void>()
  readonly #fallback: Value
  readonly #allowed: (value: string) => value is Value
  /** Replaces browser storage if that is blocked. Lasts until the page is closed. */
  #unstored: string | null = null

  constructor(key: string, fallback: Value, allowed: (value: string) => value is Value) {
    this.#key = key
    this.#fallback = fallback
    this.#allowed = allowed
    addEventListener('storage', (event) => {
      if (event.key === key) this.#notify()
    })
  }

  get = (): Value => {
    const value = this.#unstored ?? this.#stored()
    return value !== null && this.#allowed(value) ? value : this.#fallback
  }

  set(value: Value): void {
    try {
      localStorage.setItem(this.#key, value)
      this.#unstored = null
    } catch {
      this.#unstored = value
    }
    this.#notify()
  }

  watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  #stored(): string | null {
    try {
      return localStorage.getItem(this.#key)
    } catch {
      return null // reading throws if the browser blocks cookies
    }
  }

  #notify(): void {
    for (const watcher of this.#watchers) watcher()
  }
}

export function useStoredChoice<Value extends string>(choice: StoredChoice<Value>): Value {
  return useSyncExternalStore(choice.watch, choice.get)
}
