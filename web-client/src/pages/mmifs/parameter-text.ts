import type { Json } from '../../lib/graphql'

/** Returns parameters as `tfDynamicThreshold: 0.5, map: …`, or "" if there are none. */
export function parametersText(parameters: Json): string {
  if (parameters === null || typeof parameters !== 'object' || Array.isArray(parameters)) return ''
  return Object.entries(parameters)
    .map(([name, value]) => `${name}: ${valueText(value)}`)
    .join(', ')
}

export function valueText(value: Json): string {
  if (Array.isArray(value)) return value.map(valueText).join(', ')
  return typeof value === 'string' ? value : JSON.stringify(value)
}
