import { expect, it } from 'vitest'
import { byGuids, byIds, chosenBy } from './chosen'

it('names single ones, by IDs or GUIDs', () => {
  const chosen = chosenBy({ all: false, keys: new Set(['a', 'b']) }, { text: 'news' })
  expect(byIds(chosen)).toEqual({ ids: ['a', 'b'] })
  expect(byGuids(chosen)).toEqual({ guids: ['a', 'b'] })
})

it('gives the filter for all that match', () => {
  expect(byIds(chosenBy({ all: true }, { text: 'news', created: null }))).toEqual({
    filter: { text: 'news', created: null },
  })
})

it('says of a filter that leaves nothing out that all are meant', () => {
  expect(byIds(chosenBy({ all: true }, { text: null }))).toEqual({
    filter: { created: { from: '1970-01-01T00:00:00Z' } },
  })
})
