const LABELS: Record<string, string> = {
  APP_UNREACHABLE: 'App unreachable',
  APP_DISCONNECTED: 'App disconnected',
  APP_BUSY: 'App busy',
  APP_TIMEOUT: 'App timeout',
  APP_ERROR: 'App error',
  INVALID_MMIF: 'Invalid result',
  LOST_VIEWS: 'Lost views',
  WRONG_DOCUMENTS: 'Wrong documents',
  NO_NEW_VIEW: 'No new view',
  MEDIA_MISSING: 'Media missing',
  STORE_UNAVAILABLE: 'Storage unavailable',
  WORKER_LOST: 'Worker lost',
}

/** The error code of a step in words: `App error` for `APP_ERROR`. Returns an unknown code unchanged. */
export function errorLabel(code: string): string {
  return LABELS[code] ?? code
}
