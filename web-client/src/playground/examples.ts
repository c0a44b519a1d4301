/** The examples of the playground. Each opens in its own tab. */
const documents = import.meta.glob<string>('./examples/*.graphql', { query: '?raw', import: 'default', eager: true })
const variables = import.meta.glob<string>('./examples/*.json', { query: '?raw', import: 'default', eager: true })

export const EXAMPLES = Object.keys(documents)
  .sort()
  .map((path) => ({
    query: documents[path] ?? '',
    variables: variables[path.replace('.graphql', '.json')] ?? null,
  }))
