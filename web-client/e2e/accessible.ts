import AxeBuilder from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'

/** The rules whose result depends on colors. */
const COLOR_RULES = ['color-contrast', 'link-in-text-block']

/** Axe finds no violations on the page, after all transitions have finished. */
export async function accessible(page: Page): Promise<void> {
  await expectNoViolations(page, new AxeBuilder({ page }))
}

/** Axe finds no violations in either color scheme. The dark one is checked for color rules only. */
export async function accessibleInLightAndDark(page: Page): Promise<void> {
  await page.emulateMedia({ colorScheme: 'light' })
  await accessible(page)
  await page.emulateMedia({ colorScheme: 'dark' })
  await expectNoViolations(page, new AxeBuilder({ page }).withRules(COLOR_RULES))
}

async function expectNoViolations(page: Page, axe: AxeBuilder): Promise<void> {
  await page.evaluate(() =>
    Promise.allSettled(document.getAnimations().flatMap((each) => (each instanceof CSSTransition ? [each.finished] : []))),
  )
  // GraphiQL's own markup is not ours to fix.
  const { violations } = await axe.exclude('.graphiql-container').analyze()
  expect(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)])).toEqual([])
}
