import { expect, it } from 'vitest'
import { toDraft, toInput, validateDraft, newDraft, parseLength } from './document-draft'

it('parses lengths in all accepted forms', () => {
  expect(['1:02:30', '2:30', '95', '1.5', '1:2:3:4', 'an hour', ''].map(parseLength)).toEqual([
    3750, 150, 95, 1.5, null, null, null,
  ])
})

it('converts a document to a draft and back without a change', () => {
  for (const durationSeconds of [null, 5, 59.5, 3599, 3600, 7325.25]) {
    const document = {
      type: 'AUDIO' as const,
      location: 'file:///a.mp3',
      mime: 'audio/mpeg',
      durationSeconds,
      sizeBytes: 12,
      checksum: 'sha256:00',
    }
    expect(toInput(toDraft(document))).toEqual(document)
  }
})

it('reports an invalid location and an invalid length', () => {
  expect(validateDraft(newDraft())).toEqual({ location: 'Enter a location.' })
  const errors = validateDraft({ ...newDraft(), location: '/data/a.mp4', length: 'long' })
  expect(errors.location).toContain('file:///')
  expect(errors.length).toContain('1:02:30')
  expect(validateDraft({ ...newDraft(), location: 'baapb://cpb-1.video' })).toEqual({})
})
