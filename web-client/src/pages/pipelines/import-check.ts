import { useEffect, useState } from 'react'
import { errorMessage, useThrowingMutation } from '../../lib/mutation'
import { graphql, type ResultOf, type VariablesOf } from '../../lib/graphql'

export const ImportPipeline = graphql(`
  mutation ImportPipeline($input: ImportPipelineInput!) {
    importPipeline(input: $input) {
      outcome
      name
      pipeline { id name version }
      steps {
        position
        wanted
        app { id name version identifier endpoint }
        choices { id name identifier }
        parameters
      }
      problems { message step line }
      ignored
      changes { words }
    }
  }
`)

export type Wanted = VariablesOf<typeof ImportPipeline>['input']
export type Imported = ResultOf<typeof ImportPipeline>['importPipeline']

export interface ImportCheck {
  /** What would become of it; of what was checked last. */
  found: Imported | null
  /** It is what would become of this very text. */
  current: boolean
  failure: string | null
}

const PAUSE_MS = 300

/** What an import would do, while the text is written. */
export function useImportCheck(wanted: Wanted | null): ImportCheck {
  const run = useThrowingMutation(ImportPipeline)
  const [answer, setAnswer] = useState<{ to: Wanted | null; found: Imported | null; failure: string | null }>({
    to: null,
    found: null,
    failure: null,
  })
  useEffect(() => {
    if (wanted === null) return
    let over = false
    const timer = setTimeout(() => {
      run({ input: { ...wanted, dryRun: true } }).then(
        ({ importPipeline }) => !over && setAnswer({ to: wanted, found: importPipeline, failure: null }),
        (error: unknown) => !over && setAnswer({ to: wanted, found: null, failure: errorMessage(error) }),
      )
    }, PAUSE_MS)
    return () => {
      over = true
      clearTimeout(timer)
    }
  }, [run, wanted])
  if (wanted === null) return { found: null, current: true, failure: null }
  return { found: answer.found, current: answer.to === wanted, failure: answer.failure }
}
