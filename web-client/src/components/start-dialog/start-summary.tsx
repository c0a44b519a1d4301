import type { BulkPreview } from '../../lib/bulk-mutation'
import { valueWords, type Values } from '../parameters/parameter'
import styles from './start-dialog.module.css'
import type { PipelineToStart } from './pipeline-to-start'

/** In words: what would be started. */
export function StartSummary({ pipeline, children }: { pipeline: PipelineToStart; children: React.ReactNode }) {
  return (
    <section className={styles.what} aria-live="polite" aria-label="What it does">
      {children}
      <p>Each file goes through version {pipeline.version}, in this order:</p>
      <StepSummary
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

interface StepSummaryProps {
  steps: { position: number; app: { name: string; version: string | null }; parameters: Values }[]
}

/** Which apps, with what, in their order. */
export function StepSummary({ steps }: StepSummaryProps) {
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
export function StartCount({ found }: { found: BulkPreview | null }) {
  if (found === null) return <p>Counting …</p>
  return <p className={styles.message}>{found.nothing ? found.unchanged[0]?.message : found.message}</p>
}

function parametersInWords(values: Values): string {
  const given = Object.entries(values)
  if (given.length === 0) return 'with its defaults'
  return `with ${given.map(([name, value]) => `${name} = ${valueWords(value)}`).join('; ')}`
}
