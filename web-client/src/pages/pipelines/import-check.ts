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

export type ImportInput = VariablesOf<typeof ImportPipeline>['input']
export type Imported = ResultOf<typeof ImportPipeline>['importPipeline']

export interface ImportCheck {
  /** The result of the last check. */
  found: Imported | null
  /** The last check was of exactly this input. */
  current: boolean
  failure: string | null
}

const PAUSE_MS = 300

/** Previews the import while the text is edited. */
export function useImportCheck(input: ImportInput | null): ImportCheck {
  const run = useThrowingMutation(ImportPipeline)
  const [answer, setAnswer] = useState<{ to: ImportInput | null; found: Imported | null; failure: string | null }>({
    to: null,
    found: null,
    failure: null,
  })
  useEffect(() => {
    if (input === null) return
    let canceled = false
    const timer = setTimeout(() => {
      run({ input: { ...input, dryRun: true } }).then(
        ({ importPipeline }) => !canceled && setAnswer({ to: input, found: importPipeline, failure: null }),
        (error: unknown) => !canceled && setAnswer({ to: input, found: null, failure: errorMessage(error) }),
      )
    }, PAUSE_MS)
    return () => {
      canceled = true
      clearTimeout(timer)
    }
  }, [run, input])
  if (input === null) return { found: null, current: true, failure: null }
  return { found: answer.found, current: answer.to === input, failure: answer.failure }
}
