import { expect, it } from 'vitest'
import { findLines } from './guid-lines'

it('finds the lines of each GUID, with any separators and quotes', () => {
  const text = 'cpb-1, cpb-2\r\n\n"cpb-3";[cpb-1]\n\ufeffcpb-4 cpb-12'
  expect(Object.fromEntries(findLines(text, ['cpb-1', 'cpb-3', 'cpb-4', 'cpb-9']))).toEqual({
    'cpb-1': [1, 3],
    'cpb-3': [3],
    'cpb-4': [4],
    'cpb-9': [],
  })
})
