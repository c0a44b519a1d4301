/** The parameters of CLAMS apps, and the values that steps give them. */
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

/** What a step gives; what is left out gets the app's default. */
export type Values = Record<string, Json>

/** Those of the SDK, which every app has. */
const UNIVERSAL = new Set(['pretty', 'runningTime', 'hwFetch', 'tfSamplingMode'])

export function isUniversal({ name }: Parameter): boolean {
  return UNIVERSAL.has(name)
}

/** Without a value: as the parameter's default. */
export function withValue(values: Values, name: string, value: Json | undefined): Values {
  if (value !== undefined) return { ...values, [name]: value }
  return Object.fromEntries(Object.entries(values).filter(([other]) => other !== name))
}

/** JSON from the API, if it is an object. */
export function valuesIn(json: Json): Values {
  return typeof json === 'object' && json !== null && !Array.isArray(json) ? json : {}
}

/** What was typed, in the parameter's type. What can't be read so stays text: the check says what is wrong with it. */
export function valueIn(text: string, type: Parameter['type']): Json {
  if (type !== 'INTEGER' && type !== 'NUMBER') return text
  const number = Number(text)
  if (text.trim() === '' || !Number.isFinite(number)) return text
  return Number.isInteger(number) && !Number.isSafeInteger(number) ? text : number
}

/** As it is typed. */
export function textOf(value: Json | undefined): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** One value stands for a list of one. */
export function itemsIn(value: Json | undefined): Json[] {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? value : [value]
}

/** Of a map: an object, or "key:value" texts. */
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

/** A value as a person reads it. */
export function valueWords(value: Json): string {
  if (value === '') return 'nothing'
  if (typeof value === 'number') return numberWords(value)
  if (typeof value !== 'object' || value === null) return String(value)
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(valueWords).join(', ')
  const pairs = Object.entries(value)
  return pairs.length === 0 ? 'none' : pairs.map(([key, item]) => `${key}: ${valueWords(item)}`).join(', ')
}

/** JSON in a browser holds whole numbers up to 2^53: beyond, the last digits would be made up. */
function numberWords(value: number): string {
  const isExact = !Number.isInteger(value) || Number.isSafeInteger(value)
  return isExact ? String(value) : `about ${value.toExponential(1).replace('e+', ' × 10^')}`
}

/** The default, in the words of its type: older SDKs write those of booleans as 0 and 1. */
export function defaultWords({ type, default: value }: Parameter): string | null {
  if (value === null) return null
  if (type === 'BOOLEAN' && typeof value === 'number') return value === 0 ? 'false' : 'true'
  return valueWords(value)
}
