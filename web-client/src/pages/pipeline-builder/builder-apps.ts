import { ParameterFields } from '../../components/parameters/parameter'
import { graphql, type ResultOf } from '../../lib/graphql'

export const BuilderApps = graphql(
  `
    query BuilderApps {
      apps(first: 500, sort: NAME) {
        nodes {
          id
          name
          identifier
          version
          description
          endpoint
          active
          circuit { reason }
          health { status }
          inputs { oneOf { name } required }
          outputs { name }
          parameters { ...ParameterFields }
        }
      }
    }
  `,
  [ParameterFields],
)

export type BuilderApp = ResultOf<typeof BuilderApps>['apps']['nodes'][number]

export type AppsById = ReadonlyMap<string, BuilderApp>

/** The document types that media files can have. */
const DOCUMENTS = ['VideoDocument', 'AudioDocument', 'TextDocument', 'ImageDocument', 'Document']

/** Whether the earlier apps produce the inputs of an app. A hint for the order of the list: the server's check decides. */
export function fitsAfter(app: BuilderApp, earlier: BuilderApp[]): boolean {
  const available = new Set([...DOCUMENTS, ...earlier.flatMap((each) => each.outputs.map(({ name }) => name))])
  return app.inputs.every(({ oneOf, required }) => !required || oneOf.some(({ name }) => available.has(name)))
}
