import type { Json } from '../../lib/graphql'

/** `tfDynamicThreshold: 0.5, map: …`; "" where none were given. */
export function parametersIn(parameters: Json): string {
  if (parameters === null || typeof parameters !== 'object' || Array.isArray(parameters)) return ''
  return Object.entries(parameters)
    .map(([name, value]) => `${name}: ${valueIn(value)}`)
    .join(', ')
}

export function valueIn(value: Json): string {
  if (Array.isArray(value)) return value.map(valueIn).join(', ')
  return typeof value === 'string' ? value : JSON.stringify(value)
}
