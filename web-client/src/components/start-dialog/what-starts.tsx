import { useEffect, useState } from 'react'
import type { Preview } from '../confirm-dialog'
import { valueWords, type Values } from '../parameters/parameter'
import styles from './start-dialog.module.css'
import type { StartedPipeline } from './started-steps'

/** In words: what would be started. */
export function WhatStarts({ pipeline, children }: { pipeline: StartedPipeline; children: React.ReactNode }) {
  return (
    <section className={styles.what} aria-live="polite" aria-label="What it does">
      {children}
      <p>Each file goes through version {pipeline.version}, in this order:</p>
      <ol className={styles.steps}>
        {pipeline.steps.map(({ position, app, draft }) => (
          <li key={position}>
            <strong>{app.name}</strong> {app.version} {parametersInWords(draft.parameters)}
          </li>
        ))}
      </ol>
      {pipeline.warnings.map((warning) => (
        <p key={warning} className={styles.warning}>
          {warning}
        </p>
      ))}
    </section>
  )
}

const PAUSE_MS = 200

/** How many files. `preview` is asked once, unless something else is chosen at once: give it a key of what it asks. */
export function HowMany({ preview }: { preview: () => Promise<Preview> }) {
  const [said, setSaid] = useState<Preview | string | null>(null)
  useEffect(() => {
    let gone = false
    const timer = setTimeout(() => {
      preview().then(
        (found) => !gone && setSaid(found),
        (error: unknown) => !gone && setSaid(error instanceof Error ? error.message : String(error)),
      )
    }, PAUSE_MS)
    return () => {
      gone = true
      clearTimeout(timer)
    }
    // eslint-disable-next-line react-hooks/exhaustive-deps -- asked once
  }, [])
  if (said === null) return <p>Counting …</p>
  if (typeof said === 'string') return <p className={styles.failure}>{said}</p>
  return <p className={styles.message}>{said.nothing ? said.unchanged[0]?.message : said.message}</p>
}

function parametersInWords(values: Values): string {
  const given = Object.entries(values)
  if (given.length === 0) return 'with its defaults'
  return `with ${given.map(([name, value]) => `${name} = ${valueWords(value)}`).join('; ')}`
}
