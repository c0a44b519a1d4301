import { useId, useRef } from 'react'
import styles from './numbered-text.module.css'

interface NumberedTextProps {
  label: string
  value: string
  placeholder: string
  onChange: (text: string) => void
  /** `line` counts from 1. */
  problems: readonly { line: number | null; message: string }[]
}

/** A text area with line numbers. It marks lines with a problem, and shows the problem on hover and to screen readers. */
export function NumberedText({ label, value, placeholder, onChange, problems }: NumberedTextProps) {
  const gutter = useRef<HTMLDivElement>(null)
  const id = useId()
  const lines = Math.max(value.split('\n').length, 1)
  const byLine = new Map(problems.flatMap(({ line, message }) => (line === null ? [] : [[line, message] as const])))
  return (
    <div className={styles.text}>
      <div ref={gutter} aria-hidden className={styles.gutter}>
        {Array.from({ length: lines }, (_, at) => (
          <span key={at} data-wrong={byLine.has(at + 1) || undefined} title={byLine.get(at + 1)}>
            {at + 1}
          </span>
        ))}
      </div>
      <textarea
        aria-label={label}
        aria-invalid={problems.length > 0}
        aria-describedby={id}
        value={value}
        placeholder={placeholder}
        spellCheck={false}
        autoComplete="off"
        wrap="off"
        onChange={(event) => onChange(event.target.value)}
        onScroll={(event) => {
          if (gutter.current) gutter.current.scrollTop = event.currentTarget.scrollTop
        }}
      />
      <p id={id} className="unseen">
        {problems.map(({ message }) => message).join(' ')}
      </p>
    </div>
  )
}
