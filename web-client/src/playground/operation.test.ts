import { expect, test } from 'vitest'
import { visibleOperation } from './operation'

test('sends the visible operation although GraphiQL still names one of another tab', () => {
  const [params, options] = visibleOperation({ query: 'query Apps { apps { totalCount { count } } }', operationName: 'ActiveRuns' })
  expect(params.operationName).toBe('Apps')
  expect(options.documentAST?.definitions).toHaveLength(1)
})

test('sends the selected one of several operations', () => {
  const [params] = visibleOperation({ query: 'query A { a } query B { b }', operationName: 'B' })
  expect(params.operationName).toBe('B')
})

test('sends an unnamed operation without a name', () => {
  const [params] = visibleOperation({ query: '{ a }', operationName: 'ActiveRuns' })
  expect(params.operationName).toBeNull()
})

test('sends invalid queries to the server unchanged', () => {
  const invalid = { query: 'query A {', operationName: 'A' }
  const [params, options] = visibleOperation(invalid)
  expect(params).toEqual(invalid)
  expect(options.documentAST).toBeUndefined()
})
