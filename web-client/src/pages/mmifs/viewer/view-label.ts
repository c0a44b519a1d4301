import { appLabel } from '../../../lib/app-label'
import type { ViewSummary } from './mmif-summary'

/** `v_2 · tesseract v2.1` */
export function viewLabel({ id, app }: Pick<ViewSummary, 'id' | 'app'>): string {
  return app === '' ? id : `${id} · ${appLabel(app)}`
}
