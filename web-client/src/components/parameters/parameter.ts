/** The parameters of CLAMS apps, and the values that steps set. */
import { graphql, type Json, type ResultOf } from '../../lib/graphql'

export const ParameterFields = graphql(`
  fragment ParameterFields on AppParameter @_unmask {
    name
    type
    multivalued
    choices
    default
    description
    required
  }
`)

export type Parameter = ResultOf<typeof ParameterFields>

/** The values that a step sets. A missing parameter has the app's default. */
export type Values = Record<string, Json>

/** The parameters that the CLAMS SDK adds to every app. */
const UNIVERSAL = new Set(['pretty', 'runningTime', 'hwFetch', 'tfSamplingMode'])

export function isUniversal({ name }: Parameter): boolean {
  return UNIVERSAL.has(name)
}

/** The values with one of them changed, or removed if `value` is undefined. */
export function withValue(values: Values, name: string, value: Json | undefined): Values {
  if (value !== undefined) return { ...values, [name]: value }
  return Object.fromEntries(Object.entries(values).filter(([other]) => other !== name))
}

/** JSON from the API as values; empty if it is not an object. */
export function valuesIn(json: Json): Values {
  return typeof json === 'object' && json !== null && !Array.isArray(json) ? json : {}
}

/** The typed text in the parameter's type. Invalid text stays text: the server's check explains the error. */
export function valueIn(text: string, type: Parameter['type']): Json {
  if (type !== 'INTEGER' && type !== 'NUMBER') return text
  const number = Number(text)
  if (text.trim() === '' || !Number.isFinite(number)) return text
  return Number.isInteger(number) && !Number.isSafeInteger(number) ? text : number
}

/** A value as editable text. */
export function textOf(value: Json | undefined): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** The items of a list. A single value is a list of one. */
export function itemsIn(value: Json | undefined): Json[] {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? value : [value]
}

/** The pairs of a map. It is an object, or a list of "key:value" texts. */
export function pairsIn(value: Json | undefined): [string, string][] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return Object.entries(value).map(([key, item]) => [key, textOf(item)])
  }
  return itemsIn(value).map((item) => {
    const text = textOf(item)
    const colon = text.indexOf(':')
    return colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)]
  })
}

/** A value as readable text. */
export function valueText(value: Json): string {
  if (value === '') return 'empty'
  if (typeof value === 'number') return numberText(value)
  if (typeof value !== 'object' || value === null) return String(value)
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(valueText).join(', ')
  const pairs = Object.entries(value)
  return pairs.length === 0 ? 'none' : pairs.map(([key, item]) => `${key}: ${valueText(item)}`).join(', ')
}

/** A number as text. Beyond 2^53 JavaScript loses the last digits, so the text is approximate. */
function numberText(value: number): string {
  const isExact = !Number.isInteger(value) || Number.isSafeInteger(value)
  return isExact ? String(value) : `about ${value.toExponential(1).replace('e+', ' × 10^')}`
}

/** The default as text. Older SDKs write boolean defaults as 0 and 1. */
export function defaultText({ type, default: value }: Parameter): string | null {
  if (value === null) return null
  if (type === 'BOOLEAN' && typeof value === 'number') return value === 0 ? 'false' : 'true'
  return valueText(value)
}
