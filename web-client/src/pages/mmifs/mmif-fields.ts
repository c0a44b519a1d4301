import { graphql, type ResultOf } from '../../lib/graphql'

export const MmifFields = graphql(`
  fragment MmifFields on Mmif @_unmask {
    id
    size
    origin
    appIdentifier
    createdAt
    mediaFile { guid }
    step { position parameters app { id name } pipelineRun { id batchRun { id batch { id name } } } }
  }
`)

export type MmifRow = ResultOf<typeof MmifFields>
