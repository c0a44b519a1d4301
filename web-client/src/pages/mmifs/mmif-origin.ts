import { appLabel } from '../../lib/app-label'

interface Origin {
  origin: 'STEP' | 'UPLOAD' | 'INITIAL'
  appIdentifier: string | null
}

/** Returns a short label for the origin of a MMIF. */
export function originLabel({ origin, appIdentifier }: Origin): string {
  switch (origin) {
    case 'STEP':
      return appIdentifier === null ? 'A CLAMS app' : appLabel(appIdentifier)
    case 'UPLOAD':
      return 'Uploaded'
    case 'INITIAL':
      return 'Blank'
  }
}
