import { pluralize } from '../../lib/format'
import type { DocumentType } from './media-search'

export const TYPE_LABELS: Record<DocumentType, string> = {
  VIDEO: 'Video',
  AUDIO: 'Audio',
  TEXT: 'Text',
  IMAGE: 'Image',
}

/** `Video`, `Video, 2 texts`: what a media file consists of. */
export function documentsLabel(documents: readonly { type: DocumentType }[]): string {
  const words: string[] = []
  for (const [type, word] of Object.entries(TYPE_LABELS)) {
    const many = documents.filter((document) => document.type === type).length
    if (many === 1) words.push(word)
    else if (many > 1) words.push(pluralize(many, word.toLowerCase()))
  }
  return words.join(', ')
}

/** The longest of them: `28 min`. Null: no length is known. */
export function longestDuration(documents: readonly { durationSeconds: number | null }[]): number | null {
  const known = documents.map(({ durationSeconds }) => durationSeconds).filter((seconds) => seconds !== null)
  return known.length > 0 ? Math.max(...known) : null
}
