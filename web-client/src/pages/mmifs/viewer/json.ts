/** JSON whose shape is not known: what can't be read as asked for is nothing. */

export type JsonObject = Record<string, unknown>

export function objectIn(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}
}

export function listIn(value: unknown): unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : []
}

export function textIn(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}
