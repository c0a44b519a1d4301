import { appWords } from '../../../lib/app-words'
import type { ViewSummary } from './mmif-summary'

/** `v_2 · tesseract v2.1` */
export function viewWords({ id, app }: Pick<ViewSummary, 'id' | 'app'>): string {
  return app === '' ? id : `${id} · ${appWords(app)}`
}
