import type { BulkPreview } from '../../lib/bulk-mutation'
import { valueText, type Values } from '../parameters/parameter'
import styles from './start-dialog.module.css'
import type { PipelineToStart } from './pipeline-to-start'

/** Preview of the start: files, apps, parameters and warnings. */
export function StartSummary({ pipeline, children }: { pipeline: PipelineToStart; children: React.ReactNode }) {
  return (
    <section className={styles.what} aria-live="polite" aria-label="Preview">
      {children}
      <p>Pipeline version {pipeline.version} runs these steps on each file:</p>
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

/** The apps and their parameters, in order. */
export function StepSummary({ steps }: StepSummaryProps) {
  return (
    <ol className={styles.steps}>
      {steps.map(({ position, app, parameters }) => (
        <li key={position}>
          <strong>{app.name}</strong> {app.version} {parameterText(parameters)}
        </li>
      ))}
    </ol>
  )
}

/** The number of files. `found` is null while it loads. */
export function StartCount({ found }: { found: BulkPreview | null }) {
  if (found === null) return <p>Loading preview …</p>
  return <p className={styles.message}>{found.nothing ? found.unchanged[0]?.message : found.message}</p>
}

function parameterText(values: Values): string {
  const entries = Object.entries(values)
  if (entries.length === 0) return 'with default parameters'
  return `with ${entries.map(([name, value]) => `${name} = ${valueText(value)}`).join('; ')}`
}
