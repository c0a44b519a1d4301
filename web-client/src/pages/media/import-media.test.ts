import { expect, it } from 'vitest'
import { ImportLines, type ImportState } from './import-media'

const RESULT = {
  rows: 3,
  added: 2,
  updated: 0,
  unchanged: 0,
  addedToCollections: 0,
  collectionsCreated: [],
  badRows: 1,
  kept: true,
  ignoredColumns: [],
}

function statesOf(...parts: string[]): ImportState[] {
  const states: ImportState[] = []
  const lines = new ImportLines((state) => states.push(state))
  let text = ''
  for (const part of parts) lines.read((text += part))
  lines.end(text)
  return states
}

it('reports the progress, and then the result with the bad rows', () => {
  const bad = { line: 2, guid: null, reason: 'There is no location.' }
  const response = [{ progress: { rows: 2 } }, { badRow: bad }, { result: RESULT }].map((line) => JSON.stringify(line) + '\n').join('')
  const expected = [
    { step: 'reading', rows: 2 },
    { step: 'done', result: RESULT, badRows: [bad] },
  ]
  expect(statesOf(response)).toEqual(expected)
  expect(statesOf(response.slice(0, 30), response.slice(30, 31), response.slice(31))).toEqual(expected)
})

it('reports that nothing was imported when the response breaks off', () => {
  const states = statesOf('{"progress": {"rows": 2}}\n{"result": {"ro')
  expect(states.at(-1)).toMatchObject({ step: 'failed', message: expect.stringContaining('Nothing was imported') as string })
})

it('reports the error of the server', () => {
  expect(statesOf('{"error": {"code": "BAD_USER_INPUT", "message": "It has no header."}}\n')).toEqual([
    { step: 'failed', message: 'It has no header.' },
  ])
})
