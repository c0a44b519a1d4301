import { expect, test } from 'vitest'
import { asked } from './operation'

test('what is asked is the operation that is there, though GraphiQL still names that of another tab', () => {
  const [params, options] = asked({ query: 'query Apps { apps { totalCount { count } } }', operationName: 'WhatRunsNow' })
  expect(params.operationName).toBe('Apps')
  expect(options.documentAST?.definitions).toHaveLength(1)
})

test('one of several is the one that was chosen', () => {
  const [params] = asked({ query: 'query A { a } query B { b }', operationName: 'B' })
  expect(params.operationName).toBe('B')
})

test('one without a name is asked without one', () => {
  const [params] = asked({ query: '{ a }', operationName: 'WhatRunsNow' })
  expect(params.operationName).toBeNull()
})

test('what can’t be read goes to the server as it is, which says what is wrong', () => {
  const wrong = { query: 'query A {', operationName: 'A' }
  const [params, options] = asked(wrong)
  expect(params).toEqual(wrong)
  expect(options.documentAST).toBeUndefined()
})
