import { StoredChoice } from './stored-choice'

/** The name that the user set, shown in Activity. "": not set. */
export const actor = new StoredChoice('chowda-actor', '', (value): value is string => value.length <= 100)

/** The request header with the user's name. */
export function actorHeader(): Record<string, string> {
  const name = actor.get()
  return name ? { 'X-Chowda-Actor': asHeader(name) } : {}
}

/** Encodes text as UTF-8, one character per byte, because headers cannot contain other characters. */
function asHeader(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text))
}
