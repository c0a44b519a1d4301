/** Human-readable URL parameters: ?text=news&status=FAILED&status=CANCELED */

export type Search = Record<string, string | string[] | undefined>

export function parseSearch(text: string): Search {
  const search: Search = {}
  for (const [name, value] of new URLSearchParams(text)) {
    const existing = search[name]
    search[name] = existing === undefined ? value : [...(Array.isArray(existing) ? existing : [existing]), value]
  }
  return search
}

export function stringifySearch(search: Record<string, unknown>): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(search)) {
    for (const each of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (typeof each === 'string' && each !== '') params.append(name, each)
      else if (typeof each === 'number' || typeof each === 'boolean') params.append(name, String(each))
    }
  }
  const text = params.toString()
  return text && `?${text}`
}

// For validateSearch: an invalid parameter is ignored.

export function textParam(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

export function textListParam(value: unknown): string[] | undefined {
  const texts = (Array.isArray(value) ? (value as unknown[]) : [value]).filter(
    (each): each is string => typeof each === 'string' && each !== '',
  )
  return texts.length > 0 ? texts : undefined
}

export function choiceParam<Choice extends string>(value: unknown, choices: readonly Choice[]): Choice | undefined {
  return choices.find((choice) => choice === value)
}

export function choiceListParam<Choice extends string>(value: unknown, choices: readonly Choice[]): Choice[] | undefined {
  const chosen = choices.filter((choice) => textListParam(value)?.includes(choice))
  return chosen.length > 0 ? chosen : undefined
}

export function booleanParam(value: unknown): boolean | undefined {
  return value === 'true' || value === true ? true : value === 'false' || value === false ? false : undefined
}
