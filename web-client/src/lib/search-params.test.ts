import { expect, test } from 'vitest'
import { booleanParam, choiceParam, parseSearch, choiceListParam, stringifySearch, textParam } from './search-params'

test('filters in a URL are readable, and parse to the same values', () => {
  const search = { text: 'news & views', status: ['FAILED', 'CANCELED'], descending: false, none: undefined, empty: '' }
  const written = stringifySearch(search)
  expect(written).toBe('?text=news+%26+views&status=FAILED&status=CANCELED&descending=false')
  expect(parseSearch(written)).toEqual({
    text: 'news & views',
    status: ['FAILED', 'CANCELED'],
    descending: 'false',
  })
  expect(stringifySearch({})).toBe('')
})

test('invalid URL parameters are ignored', () => {
  expect(textParam(['a', 'b'])).toBeUndefined()
  expect(choiceParam('NONSENSE', ['NAME', 'CREATED'])).toBeUndefined()
  expect(choiceParam('NAME', ['NAME', 'CREATED'])).toBe('NAME')
  expect(choiceListParam('FAILED', ['FAILED', 'FINISHED'])).toEqual(['FAILED'])
  expect(choiceListParam(['FINISHED', 'x'], ['FAILED', 'FINISHED'])).toEqual(['FINISHED'])
  expect(booleanParam('true')).toBe(true)
  expect(booleanParam('maybe')).toBeUndefined()
})
