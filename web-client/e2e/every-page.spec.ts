/** Checks that every page must pass, in light and dark. */
import type { Locator, Page } from '@playwright/test'
import { accessibleInLightAndDark } from './accessible'
import { expect, test } from './chowda'
import { open, PAGES, stage, STATES } from './stage'

let staged: Awaited<ReturnType<typeof stage>>
test.beforeAll(async ({ chowda }) => {
  staged = await stage(chowda)
})

test.afterAll(async ({ chowda }) => chowda.cancelAll())

for (const shown of [...PAGES, ...STATES]) {
  test(`${shown.name}: no axe violations in light and dark, and no requests to another host`, async ({ page }) => {
    await page.emulateMedia({ reducedMotion: 'reduce' })
    await open(page, shown, staged)
    await accessibleInLightAndDark(page)
  })
}

test('the first page loads at most 250 kB and sends no query twice', async ({ page }) => {
  const files = new Set<string>()
  const queries: string[] = []
  page.on('request', (request) => {
    if (request.method() === 'POST') queries.push(request.postData() ?? '')
    else files.add(request.url())
  })
  await page.goto('/')
  await expect(page.getByRole('article', { name: 'NewsHour 1992' })).toBeVisible()
  await expect(page.getByRole('row', { name: /Boston TV News/ })).toBeVisible()
  expect(queries).toEqual([...new Set(queries)])
  const sizes = [...files].map(async (url) => {
    const answer = await fetch(url, { headers: { 'Accept-Encoding': 'gzip', Accept: 'text/html,*/*' } })
    return Number(answer.headers.get('content-length'))
  })
  const total = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
  console.log(`The first view: ${total.toLocaleString()} bytes in ${files.size} files.`)
  expect(total).toBeLessThan(250_000)
})

test('an unknown URL shows “Page not found” and a link to Now', async ({ page }) => {
  await page.goto('/nowhere/at/all')
  await expect(page.getByRole('heading', { name: 'Page not found' })).toBeVisible()
  await page.getByRole('link', { name: 'Go to Now' }).click()
  await expect(page.getByRole('heading', { name: 'Now', level: 1 })).toBeVisible()
})

test('remembers the theme', async ({ page }) => {
  await page.goto('/')
  await page.getByRole('radio', { name: 'Dark' }).check({ force: true })
  await page.reload()
  await expect(page.getByRole('radio', { name: 'Dark' })).toBeChecked()
  expect(await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme)).toBe('dark')
})

async function tabTo(page: Page, control: Locator): Promise<void> {
  for (let n = 0; n < 12 && !(await control.evaluate((element) => element === document.activeElement)); n += 1) {
    await page.keyboard.press('Tab')
  }
  await expect(control).toBeFocused()
}

test('starts and pauses a batch with the keyboard alone', async ({ page }) => {
  await page.goto('/')
  await expect(page.getByRole('button', { name: 'Start batch' })).toBeVisible()
  const focused = page.locator(':focus')
  await page.keyboard.press('Tab')
  await expect(focused).toHaveText('Skip to content')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  await expect(focused).toHaveText('Start batch')
  await page.keyboard.press('Enter')
  const batch = page.getByRole('combobox', { name: 'Batch' })
  await expect(batch).toBeVisible()
  await tabTo(page, batch)
  await page.keyboard.type('Radio')
  await expect(page.getByRole('option', { name: /Radio tapes/ })).toBeVisible()
  await page.keyboard.press('Enter')
  await expect(page.getByText(/Starts 1 batch/)).toBeVisible()
  const start = page.getByRole('dialog').getByRole('button', { name: 'Start', exact: true })
  await expect(start).toBeEnabled()
  await tabTo(page, start)
  await page.keyboard.press('Enter')
  const pause = page.getByRole('button', { name: 'Pause Radio tapes, side B' })
  await expect(pause).toBeVisible()
  await pause.focus()
  await page.keyboard.press('Space')
  await expect(page.getByRole('button', { name: 'Resume Radio tapes, side B' })).toBeVisible()
  await page.keyboard.press('Escape')
})
