/** Each page as it looks in the middle of the work, in light and dark: docs/screenshots/. */
import { join } from 'node:path'
import { test } from '../e2e/chowda'
import { PAGES, stage } from '../e2e/stage'

const DIRECTORY = join(import.meta.dirname, '../../docs/screenshots')

test.beforeAll(async ({ chowda }) => stage(chowda))

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme })
    for (const { name, path, shown } of PAGES) {
      test(name, async ({ page }) => {
        await page.goto(path)
        await shown(page)
        await page.screenshot({ path: join(DIRECTORY, `${name}-${colorScheme}.png`), animations: 'disabled' })
      })
    }
  })
}
