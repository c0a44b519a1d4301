import { errorMessage, ApiError } from './mutation'

/** Error messages by form field. */
export type FieldErrors<Name extends string> = Partial<Record<Name | 'form', string>>

/** Assigns an error to the field whose pattern matches its message, or else to the whole form. */
export function fieldErrors<Name extends string>(error: unknown, patterns: Record<Name, RegExp>): FieldErrors<Name> {
  const message = errorMessage(error)
  const names = Object.keys(patterns) as Name[]
  const name = error instanceof ApiError ? names.find((each) => patterns[each].test(message)) : undefined
  return { [name ?? 'form']: message } as FieldErrors<Name>
}
