import { expect, it } from 'vitest'
import { guidArguments, idArguments, bulkTarget } from './bulk-target'

it('names single ones, by IDs or GUIDs', () => {
  const chosen = bulkTarget({ all: false, keys: new Set(['a', 'b']) }, { text: 'news' })
  expect(idArguments(chosen)).toEqual({ ids: ['a', 'b'] })
  expect(guidArguments(chosen)).toEqual({ guids: ['a', 'b'] })
})

it('gives the filter for all that match', () => {
  expect(idArguments(bulkTarget({ all: true }, { text: 'news', created: null }))).toEqual({
    filter: { text: 'news', created: null },
  })
})

it('says of a filter that leaves nothing out that all are meant', () => {
  expect(idArguments(bulkTarget({ all: true }, { text: null }))).toEqual({
    filter: { created: { from: '1970-01-01T00:00:00Z' } },
  })
})
