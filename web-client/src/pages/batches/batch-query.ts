import { graphql, type ResultOf } from '../../lib/graphql'
import { RunState } from '../../lib/live-runs'

export const BatchQuery = graphql(
  `
    query Batch($id: ID!) {
      batch(id: $id) {
        id
        name
        description
        mediaFileCount
        createdAt
        percentFinished
        percentSuccessful
        pipeline { id name }
        lastRun { ...RunState }
      }
    }
  `,
  [RunState],
)

export type BatchDetails = NonNullable<ResultOf<typeof BatchQuery>['batch']>
