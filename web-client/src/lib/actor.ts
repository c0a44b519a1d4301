import { StoredChoice } from './stored-choice'

/** Who sits here, as they say themselves; Activity shows it. "": they did not say. */
export const actor = new StoredChoice('chowda-actor', '', (value): value is string => value.length <= 100)

/** What requests say of who acts. */
export function actorHeader(): Record<string, string> {
  const name = actor.get()
  return name ? { 'X-Chowda-Actor': asHeader(name) } : {}
}

/** Its UTF-8 bytes, one character each: headers hold no others. */
function asHeader(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text))
}
