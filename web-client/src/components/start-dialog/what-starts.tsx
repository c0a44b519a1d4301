import { useEffect, useState } from 'react'
import { useQuery } from 'urql'
import { graphql, type Json } from '../../lib/graphql'
import type { Preview } from '../confirm-dialog'
import styles from './start-dialog.module.css'

const WhatRuns = graphql(`
  query WhatRuns($id: ID!) {
    pipeline(id: $id) {
      version
      warnings
      steps {
        position
        parameters
        app {
          name
          version
        }
      }
    }
  }
`)

/** In words: what would be started. `preview` is asked once: give it a key of what it asks. */
export function WhatStarts({ pipelineId, preview }: { pipelineId: string; preview: () => Promise<Preview> }) {
  const [{ data }] = useQuery({ query: WhatRuns, variables: { id: pipelineId } })
  const [said, setSaid] = useState<Preview | string | null>(null)
  useEffect(() => {
    let gone = false
    preview().then(
      (found) => !gone && setSaid(found),
      (error: unknown) => !gone && setSaid(error instanceof Error ? error.message : String(error)),
    )
    return () => {
      gone = true
    }
    // eslint-disable-next-line react-hooks/exhaustive-deps -- asked once
  }, [])
  const pipeline = data?.pipeline
  return (
    <section className={styles.what} aria-live="polite" aria-label="What it does">
      {said === null && <p>Counting …</p>}
      {typeof said === 'string' && <p className={styles.failure}>{said}</p>}
      {said !== null && typeof said !== 'string' && (
        <p className={styles.message}>{said.nothing ? said.unchanged[0]?.message : said.message}</p>
      )}
      {pipeline && (
        <>
          <p>Each file goes through version {pipeline.version}, in this order:</p>
          <ol className={styles.steps}>
            {pipeline.steps.map((step) => (
              <li key={step.position}>
                <strong>{step.app.name}</strong> {step.app.version} {parametersInWords(step.parameters)}
              </li>
            ))}
          </ol>
          {pipeline.warnings.map((warning) => (
            <p key={warning} className={styles.warning}>
              {warning}
            </p>
          ))}
        </>
      )}
    </section>
  )
}

function parametersInWords(parameters: Json): string {
  if (parameters === null || typeof parameters !== 'object' || Array.isArray(parameters)) return ''
  const given = Object.entries(parameters)
  if (given.length === 0) return 'with its defaults'
  return `with ${given.map(([name, value]) => `${name} = ${typeof value === 'string' ? value : JSON.stringify(value)}`).join(', ')}`
}
