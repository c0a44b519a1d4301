import { expect, test } from 'vitest'
import { flagIn, oneIn, parseSearch, someIn, stringifySearch, textIn } from './search'

test('an address says its filters in words, and is read as it was written', () => {
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

test('what can not be read in an address is left out', () => {
  expect(textIn(['a', 'b'])).toBeUndefined()
  expect(oneIn('NONSENSE', ['NAME', 'CREATED'])).toBeUndefined()
  expect(oneIn('NAME', ['NAME', 'CREATED'])).toBe('NAME')
  expect(someIn('FAILED', ['FAILED', 'FINISHED'])).toEqual(['FAILED'])
  expect(someIn(['FINISHED', 'x'], ['FAILED', 'FINISHED'])).toEqual(['FINISHED'])
  expect(flagIn('true')).toBe(true)
  expect(flagIn('maybe')).toBeUndefined()
})
