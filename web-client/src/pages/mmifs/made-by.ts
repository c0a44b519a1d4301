import { appWords } from '../../lib/app-words'

interface Origin {
  origin: 'STEP' | 'UPLOAD' | 'INITIAL'
  appIdentifier: string | null
}

/** Where a MMIF comes from, in a word or two. */
export function madeBy({ origin, appIdentifier }: Origin): string {
  switch (origin) {
    case 'STEP':
      return appIdentifier === null ? 'A CLAMS app' : appWords(appIdentifier)
    case 'UPLOAD':
      return 'Uploaded'
    case 'INITIAL':
      return 'Blank'
  }
}
