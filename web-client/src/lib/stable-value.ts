import { useState } from 'react'

/** The value that was given before while it says the same as this one: for what is drawn only when it changes. */
export function useStableValue<Value>(value: Value): Value {
  const [kept, keep] = useState(value)
  if (kept === value || JSON.stringify(kept) === JSON.stringify(value)) return kept
  keep(value)
  return value
}
