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

function heard(...parts: string[]): ImportState[] {
  const states: ImportState[] = []
  const lines = new ImportLines((state) => states.push(state))
  let text = ''
  for (const part of parts) lines.take((text += part))
  lines.end(text)
  return states
}

it('tells how far the import is, and last what became of the rows with the bad ones', () => {
  const bad = { line: 2, guid: null, reason: 'There is no location.' }
  const answer = [{ progress: { rows: 2 } }, { badRow: bad }, { result: RESULT }].map((line) => JSON.stringify(line) + '\n').join('')
  const whole = [
    { step: 'reading', rows: 2 },
    { step: 'done', result: RESULT, badRows: [bad] },
  ]
  expect(heard(answer)).toEqual(whole)
  expect(heard(answer.slice(0, 30), answer.slice(30, 31), answer.slice(31))).toEqual(whole)
})

it('says that nothing was kept where the answer breaks off', () => {
  const states = heard('{"progress": {"rows": 2}}\n{"result": {"ro')
  expect(states.at(-1)).toMatchObject({ step: 'failed', message: expect.stringContaining('Nothing was kept') as string })
})

it('tells what the server refused', () => {
  expect(heard('{"error": {"code": "BAD_USER_INPUT", "message": "It has no header."}}\n')).toEqual([
    { step: 'failed', message: 'It has no header.' },
  ])
})
