import AxeBuilder from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'

/** What other colors may change. */
const OF_COLORS = ['color-contrast', 'link-in-text-block']

/** Axe finds nothing on the page as it is, once nothing of it fades any more. */
export async function accessible(page: Page): Promise<void> {
  await findsNothing(page, new AxeBuilder({ page }))
}

/** Nor in both schemes of colors, of which the second changes nothing else. */
export async function accessibleInLightAndDark(page: Page): Promise<void> {
  await page.emulateMedia({ colorScheme: 'light' })
  await accessible(page)
  await page.emulateMedia({ colorScheme: 'dark' })
  await findsNothing(page, new AxeBuilder({ page }).withRules(OF_COLORS))
}

async function findsNothing(page: Page, axe: AxeBuilder): Promise<void> {
  await page.evaluate(() =>
    Promise.allSettled(document.getAnimations().flatMap((each) => (each instanceof CSSTransition ? [each.finished] : []))),
  )
  // GraphiQL's own parts are its makers'.
  const { violations } = await axe.exclude('.graphiql-container').analyze()
  expect(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)])).toEqual([])
}
