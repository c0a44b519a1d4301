/** Takes screenshots of each page with active runs, in light and dark, for docs/screenshots/. */
import { join } from 'node:path'
import { test } from '../e2e/chowda'
import { open, PAGES, stage } from '../e2e/stage'

const DIRECTORY = join(import.meta.dirname, '../../docs/screenshots')

let staged: Awaited<ReturnType<typeof stage>>
test.beforeAll(async ({ chowda }) => {
  staged = await stage(chowda)
})

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme })
    for (const shown of PAGES) {
      test(shown.name, async ({ page }) => {
        await open(page, shown, staged)
        await page.screenshot({ path: join(DIRECTORY, `${shown.name}-${colorScheme}.png`), animations: 'disabled' })
      })
    }
  })
}
