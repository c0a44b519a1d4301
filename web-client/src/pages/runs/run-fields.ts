import { RunState } from '../../lib/live-runs'
import { graphql, type ResultOf } from '../../lib/graphql'

export const RunFields = graphql(
  `
    fragment RunFields on BatchRun @_unmask {
      ...RunState
      priority
      batch { id name }
      pipeline { id name version }
    }
  `,
  [RunState],
)

export type RunRow = ResultOf<typeof RunFields>
