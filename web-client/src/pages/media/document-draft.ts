import type { DocumentType } from './media-search'

/** A document in a form, where each field is text. */
export interface DocumentDraft {
  /** Identifies the document in the form. */
  key: number
  type: DocumentType
  location: string
  mime: string
  /** `1:02:30`, `95` */
  length: string
  sizeBytes: number | null
  checksum: string | null
}

export interface DocumentErrors {
  location?: string
  length?: string
}

let nextKey = 0

export function newDraft(): DocumentDraft {
  return { key: nextKey++, type: 'VIDEO', location: '', mime: '', length: '', sizeBytes: null, checksum: null }
}

interface SavedDocument {
  type: DocumentType
  location: string
  mime: string | null
  durationSeconds: number | null
  sizeBytes: number | null
  checksum: string | null
}

export function toDraft({ durationSeconds, mime, ...rest }: SavedDocument): DocumentDraft {
  return { ...newDraft(), ...rest, mime: mime ?? '', length: durationSeconds === null ? '' : formatLength(durationSeconds) }
}

export function toInput({ type, location, mime, length, sizeBytes, checksum }: DocumentDraft) {
  return {
    type,
    location: location.trim(),
    mime: mime.trim() || null,
    durationSeconds: parseLength(length),
    sizeBytes,
    checksum,
  }
}

export function validateDraft({ location, length }: DocumentDraft): DocumentErrors {
  const errors: DocumentErrors = {}
  if (location.trim() === '') errors.location = 'Enter a location.'
  else if (!/^[A-Za-z][A-Za-z0-9+.-]*:/.test(location.trim())) {
    errors.location = 'Start with file:///, http:// or another scheme, for example file:///data/tape.mp4.'
  }
  if (length.trim() !== '' && parseLength(length) === null) errors.length = 'Write the length as 1:02:30 or 2:30, or in seconds.'
  return errors
}

/** Returns the seconds in `1:02:30`, `2:30` or `95`. Null if the text is not a length. */
export function parseLength(length: string): number | null {
  const parts = length.trim().split(':')
  if (length.trim() === '' || parts.length > 3 || !parts.every((part) => /^\d+(\.\d+)?$/.test(part))) return null
  return parts.reduce((seconds, part) => seconds * 60 + Number(part), 0)
}

function formatLength(seconds: number): string {
  const whole = Math.floor(seconds)
  const rest = seconds - whole
  const twoDigits = (number: number) => String(number).padStart(2, '0')
  const last = rest > 0 ? String(Math.round(((whole % 60) + rest) * 1000) / 1000) : twoDigits(whole % 60)
  return whole >= 3600
    ? `${Math.floor(whole / 3600)}:${twoDigits(Math.floor(whole / 60) % 60)}:${last}`
    : `${Math.floor(whole / 60)}:${last}`
}
