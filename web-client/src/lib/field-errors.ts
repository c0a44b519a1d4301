import { errorMessage, ApiError } from './mutation'

/** What was refused, beside the field that it speaks of. */
export type FieldErrors<Name extends string> = Partial<Record<Name | 'form', string>>

/** Each field with the words by which a refusal speaks of it; what speaks of none is about the whole form. */
export function fieldErrors<Name extends string>(error: unknown, words: Record<Name, RegExp>): FieldErrors<Name> {
  const message = errorMessage(error)
  const names = Object.keys(words) as Name[]
  const name = error instanceof ApiError ? names.find((each) => words[each].test(message)) : undefined
  return { [name ?? 'form']: message } as FieldErrors<Name>
}
