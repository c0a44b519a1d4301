import type { DocumentType } from './media-search'

/** A document as it is filled in: all of it text. */
export interface DocumentDraft {
  /** Of the form alone. */
  key: number
  type: DocumentType
  location: string
  mime: string
  /** `1:02:30`, `95` */
  length: string
  sizeBytes: number | null
  checksum: string | null
}

export interface DocumentMistakes {
  location?: string
  length?: string
}

let keys = 0

export function newDraft(): DocumentDraft {
  return { key: keys++, type: 'VIDEO', location: '', mime: '', length: '', sizeBytes: null, checksum: null }
}

interface KnownDocument {
  type: DocumentType
  location: string
  mime: string | null
  durationSeconds: number | null
  sizeBytes: number | null
  checksum: string | null
}

export function draftOf({ durationSeconds, mime, ...rest }: KnownDocument): DocumentDraft {
  return { ...newDraft(), ...rest, mime: mime ?? '', length: durationSeconds === null ? '' : clock(durationSeconds) }
}

export function inputOf({ type, location, mime, length, sizeBytes, checksum }: DocumentDraft) {
  return {
    type,
    location: location.trim(),
    mime: mime.trim() || null,
    durationSeconds: secondsIn(length),
    sizeBytes,
    checksum,
  }
}

export function mistakesIn({ location, length }: DocumentDraft): DocumentMistakes {
  const wrong: DocumentMistakes = {}
  if (location.trim() === '') wrong.location = 'Say where the app finds it.'
  else if (!/^[A-Za-z][A-Za-z0-9+.-]*:/.test(location.trim())) {
    wrong.location = 'Begin with file:///, http:// or another scheme, as in file:///data/tape.mp4.'
  }
  if (length.trim() !== '' && secondsIn(length) === null) wrong.length = 'Write it as 1:02:30 or 2:30, or in seconds.'
  return wrong
}

/** Null where it is none. */
export function secondsIn(length: string): number | null {
  const parts = length.trim().split(':')
  if (length.trim() === '' || parts.length > 3 || !parts.every((part) => /^\d+(\.\d+)?$/.test(part))) return null
  return parts.reduce((seconds, part) => seconds * 60 + Number(part), 0)
}

function clock(seconds: number): string {
  const whole = Math.floor(seconds)
  const rest = seconds - whole
  const two = (number: number) => String(number).padStart(2, '0')
  const last = rest > 0 ? String(Math.round(((whole % 60) + rest) * 1000) / 1000) : two(whole % 60)
  return whole >= 3600
    ? `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${last}`
    : `${Math.floor(whole / 60)}:${last}`
}
