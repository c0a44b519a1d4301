import type { Preview } from '../../lib/bulk'
import { valueWords, type Values } from '../parameters/parameter'
import styles from './start-dialog.module.css'
import type { StartedPipeline } from './started-steps'

/** In words: what would be started. */
export function WhatStarts({ pipeline, children }: { pipeline: StartedPipeline; children: React.ReactNode }) {
  return (
    <section className={styles.what} aria-live="polite" aria-label="What it does">
      {children}
      <p>Each file goes through version {pipeline.version}, in this order:</p>
      <StepsInWords
        steps={pipeline.steps.map(({ position, app, draft }) => ({ position, app, parameters: draft.parameters }))}
      />
      {pipeline.warnings.map((warning) => (
        <p key={warning} className={styles.warning}>
          {warning}
        </p>
      ))}
    </section>
  )
}

interface StepsInWordsProps {
  steps: { position: number; app: { name: string; version: string | null }; parameters: Values }[]
}

/** Which apps, with what, in their order. */
export function StepsInWords({ steps }: StepsInWordsProps) {
  return (
    <ol className={styles.steps}>
      {steps.map(({ position, app, parameters }) => (
        <li key={position}>
          <strong>{app.name}</strong> {app.version} {parametersInWords(parameters)}
        </li>
      ))}
    </ol>
  )
}

/** How many files; nothing of that is known yet where `found` is null. */
export function HowMany({ found }: { found: Preview | null }) {
  if (found === null) return <p>Counting …</p>
  return <p className={styles.message}>{found.nothing ? found.unchanged[0]?.message : found.message}</p>
}

function parametersInWords(values: Values): string {
  const given = Object.entries(values)
  if (given.length === 0) return 'with its defaults'
  return `with ${given.map(([name, value]) => `${name} = ${valueWords(value)}`).join('; ')}`
}
