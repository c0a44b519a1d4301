import { graphql, type ResultOf } from '../../lib/graphql'
import { StepView } from './steps-view'

export const ChangeFields = graphql(`
  fragment ChangeFields on StepChange @_unmask {
    kind
    words
    app { name }
    oldPosition
    position
    parameters { name old new }
    retry { old { attempts codes } new { attempts codes } }
  }
`)

export const PipelineQuery = graphql(
  `
    query Pipeline($id: ID!) {
      pipeline(id: $id) {
        id
        name
        description
        version
        archived
        createdAt
        warnings
        steps { ...StepView }
        versions { version note createdAt changes { ...ChangeFields } }
      }
    }
  `,
  [StepView, ChangeFields],
)

export type PipelineDetails = NonNullable<ResultOf<typeof PipelineQuery>['pipeline']>
