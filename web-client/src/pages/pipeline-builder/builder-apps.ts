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

/** Media may give any of these. */
const DOCUMENTS = ['VideoDocument', 'AudioDocument', 'TextDocument', 'ImageDocument', 'Document']

/** Whether an app gets what it takes after these: which apps to offer first. The check has the last word. */
export function fitsAfter(app: BuilderApp, earlier: BuilderApp[]): boolean {
  const given = new Set([...DOCUMENTS, ...earlier.flatMap((each) => each.outputs.map(({ name }) => name))])
  return app.inputs.every(({ oneOf, required }) => !required || oneOf.some(({ name }) => given.has(name)))
}
