/** The operations that the playground opens with, a tab each. */
const documents = import.meta.glob<string>('./examples/*.graphql', { query: '?raw', import: 'default', eager: true })
const variables = import.meta.glob<string>('./examples/*.json', { query: '?raw', import: 'default', eager: true })

export const EXAMPLES = Object.keys(documents)
  .sort()
  .map((path) => ({
    query: documents[path] ?? '',
    variables: variables[path.replace('.graphql', '.json')] ?? null,
  }))
