import { messageOf, Refused } from './change'

/** What was refused, beside the field that it speaks of. */
export type Refusals<Name extends string> = Partial<Record<Name | 'form', string>>

/** Each field with the words by which a refusal speaks of it; what speaks of none is about the whole form. */
export function refusalsOf<Name extends string>(error: unknown, words: Record<Name, RegExp>): Refusals<Name> {
  const message = messageOf(error)
  const names = Object.keys(words) as Name[]
  const name = error instanceof Refused ? names.find((each) => words[each].test(message)) : undefined
  return { [name ?? 'form']: message } as Refusals<Name>
}
