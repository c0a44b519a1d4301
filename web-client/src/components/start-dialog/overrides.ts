import type { Values } from '../parameters/parameter'

/** The values that differ from the pipeline's. Null for a removed value: the app uses its default. */
export function overrideOf(pipelineValues: Values, values: Values): Values {
  const changed = Object.entries(values).filter(([name, value]) => !same(pipelineValues[name], value))
  const removed = Object.keys(pipelineValues).filter((name) => !(name in values))
  return Object.fromEntries([...changed, ...removed.map((name) => [name, null] as const)])
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
