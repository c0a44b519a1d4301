import { buildSchema, parse, validate } from 'graphql'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { EXAMPLES } from './examples'

const schema = buildSchema(readFileSync(join(import.meta.dirname, '../../../schema.graphql'), 'utf-8'))

test.each(EXAMPLES)('the example is valid in the schema: $query', ({ query, variables }) => {
  expect(validate(schema, parse(query))).toEqual([])
  if (variables !== null) expect(() => JSON.parse(variables) as unknown).not.toThrow()
})
