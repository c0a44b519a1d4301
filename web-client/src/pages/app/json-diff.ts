/** The differences between two JSON values, by path. */
import type { Json } from '../../lib/graphql'

export interface Difference {
  /** Keys from the outside in. List items go by their own name. */
  path: string[]
  /** Undefined if the value is missing on that side. */
  old: Json | undefined
  now: Json | undefined
}

export function diffJson(old: Json | undefined, now: Json | undefined, path: string[] = []): Difference[] {
  if (JSON.stringify(old) === JSON.stringify(now)) return []
  const [before, after] = [partsOf(old), partsOf(now)]
  if (before === null || after === null) return [{ path, old, now }]
  const names = new Set([...before.keys(), ...after.keys()])
  return [...names].flatMap((name) => diffJson(before.get(name), after.get(name), [...path, name]))
}

/** The parts of an object, or of a list of named items. Null: the value is compared as a whole. */
function partsOf(value: Json | undefined): Map<string, Json> | null {
  if (typeof value !== 'object' || value === null) return null
  if (!Array.isArray(value)) return new Map(Object.entries(value))
  const names = value.map(nameOf)
  return names.every((name) => name !== null) && new Set(names).size === names.length
    ? new Map(value.map((item, at) => [names[at] ?? '', item]))
    : null
}

function nameOf(item: Json): string | null {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return null
  const name = item.name ?? item['@type']
  return typeof name === 'string' ? name : null
}
