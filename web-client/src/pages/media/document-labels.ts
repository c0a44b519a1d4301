import { pluralize } from '../../lib/format'
import type { DocumentType } from './media-search'

export const TYPE_LABELS: Record<DocumentType, string> = {
  VIDEO: 'Video',
  AUDIO: 'Audio',
  TEXT: 'Text',
  IMAGE: 'Image',
}

/** Returns the documents in words: `Video`, or `Video, 2 texts`. */
export function documentsLabel(documents: readonly { type: DocumentType }[]): string {
  const words: string[] = []
  for (const [type, word] of Object.entries(TYPE_LABELS)) {
    const count = documents.filter((document) => document.type === type).length
    if (count === 1) words.push(word)
    else if (count > 1) words.push(pluralize(count, word.toLowerCase()))
  }
  return words.join(', ')
}

/** Returns the longest duration in seconds. Null if no duration is known. */
export function longestDuration(documents: readonly { durationSeconds: number | null }[]): number | null {
  const known = documents.map(({ durationSeconds }) => durationSeconds).filter((seconds) => seconds !== null)
  return known.length > 0 ? Math.max(...known) : null
}
