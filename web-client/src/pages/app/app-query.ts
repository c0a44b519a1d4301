import { ParameterFields } from '../../components/parameters/parameter'
import { graphql, type ResultOf } from '../../lib/graphql'
import { AppState } from '../../lib/live-apps'

export const AppQuery = graphql(
  `
    query App($id: ID!) {
      app(id: $id) {
        ...AppState
        description
        metadata
        inputs { oneOf { name uri properties description } required }
        outputs { name uri properties description }
        parameters { ...ParameterFields }
        history { identifier version createdAt metadata }
      }
    }
  `,
  [AppState, ParameterFields],
)

export type AppDetails = NonNullable<ResultOf<typeof AppQuery>['app']>
