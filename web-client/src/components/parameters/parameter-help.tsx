import { useState, type ReactNode } from 'react'
import styles from './parameters.module.css'

/** Longer descriptions are cut off. */
const LONG = 180

/** The app's description of a parameter. */
export function ParameterHelp({ description, children }: { description: string | null; children?: ReactNode }) {
  const [open, setOpen] = useState(false)
  const text = (description ?? '').trim()
  const isLong = text.length > LONG || text.includes('\n')
  return (
    <p className={styles.help} data-open={open || undefined}>
      {children}
      <WithCode text={isLong && !open ? `${beginning(text)} … ` : text} />
      {isLong && (
        <button type="button" className={styles.more} aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? 'Less' : 'More'}
        </button>
      )}
    </p>
  )
}

/** Renders text between backticks as code. */
function WithCode({ text }: { text: string }) {
  return text.split(/`+([^`\n]+)`+/).map((part, at) => (at % 2 === 1 ? <code key={at}>{part}</code> : part))
}

function beginning(text: string): string {
  const line = text.split('\n', 1)[0] ?? ''
  return line.length <= LONG ? line : line.slice(0, line.lastIndexOf(' ', LONG))
}
