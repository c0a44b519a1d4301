import type { Values } from '../parameters/parameter'

/** What a start has to say so that a step gets other values: null for what is taken out, so that the app's default counts. */
export function overrideOf(usual: Values, given: Values): Values {
  const others = Object.entries(given).filter(([name, value]) => !same(usual[name], value))
  const out = Object.keys(usual).filter((name) => !(name in given))
  return Object.fromEntries([...others, ...out.map((name) => [name, null] as const)])
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
