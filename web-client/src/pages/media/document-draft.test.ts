import { expect, it } from 'vitest'
import { draftOf, inputOf, mistakesIn, newDraft, secondsIn } from './document-draft'

it('reads lengths as people write them', () => {
  expect(['1:02:30', '2:30', '95', '1.5', '1:2:3:4', 'an hour', ''].map(secondsIn)).toEqual([
    3750, 150, 95, 1.5, null, null, null,
  ])
})

it('shows a document so that the same is given back', () => {
  for (const durationSeconds of [null, 5, 59.5, 3599, 3600, 7325.25]) {
    const document = {
      type: 'AUDIO' as const,
      location: 'file:///a.mp3',
      mime: 'audio/mpeg',
      durationSeconds,
      sizeBytes: 12,
      checksum: 'sha256:00',
    }
    expect(inputOf(draftOf(document))).toEqual(document)
  }
})

it('says what is wrong with a location and a length', () => {
  expect(mistakesIn(newDraft())).toEqual({ location: 'Say where the app finds it.' })
  const wrong = mistakesIn({ ...newDraft(), location: '/data/a.mp4', length: 'long' })
  expect(wrong.location).toContain('file:///')
  expect(wrong.length).toContain('1:02:30')
  expect(mistakesIn({ ...newDraft(), location: 'baapb://cpb-1.video' })).toEqual({})
})
