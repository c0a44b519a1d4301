import { useState } from 'react'
import type { Json } from '../../lib/graphql'
import { TextInput } from '../text-input'
import { defaultText, textOf, valueIn, type Parameter } from './parameter'

interface TextValueProps {
  parameter: Parameter
  value: Json | undefined
  onChange: (value: Json | undefined) => void
}

/** A text or number. The draft keeps incomplete input such as "1." as typed. */
export function TextValue({ parameter, value, onChange }: TextValueProps) {
  const [draft, setDraft] = useState({ value, text: textOf(value) })
  if (draft.value !== value) setDraft({ value, text: textOf(value) })
  const { type } = parameter
  return (
    <TextInput
      value={draft.text}
      placeholder={defaultText(parameter) ?? undefined}
      inputMode={type === 'INTEGER' ? 'numeric' : type === 'NUMBER' ? 'decimal' : undefined}
      spellCheck={false}
      autoComplete="off"
      onChange={(event) => {
        const text = event.target.value
        const next = text === '' ? undefined : valueIn(text, type)
        setDraft({ value: next, text })
        onChange(next)
      }}
    />
  )
}
