import { expect, it } from 'vitest'
import { guidArguments, idArguments, bulkTarget } from './bulk-target'

it('selected rows become IDs or GUIDs', () => {
  const target = bulkTarget({ all: false, keys: new Set(['a', 'b']) }, { text: 'news' })
  expect(idArguments(target)).toEqual({ ids: ['a', 'b'] })
  expect(guidArguments(target)).toEqual({ guids: ['a', 'b'] })
})

it('selecting all passes the filter', () => {
  expect(idArguments(bulkTarget({ all: true }, { text: 'news', created: null }))).toEqual({
    filter: { text: 'news', created: null },
  })
})

it('an empty filter becomes one that matches all', () => {
  expect(idArguments(bulkTarget({ all: true }, { text: null }))).toEqual({
    filter: { created: { from: '1970-01-01T00:00:00Z' } },
  })
})
