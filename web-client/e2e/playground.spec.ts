import type { Page } from '@playwright/test'
import { expect, test } from './chowda'

/** Opens an example once the editor is ready to show it. */
async function example(page: Page, tab: string, holds: string): Promise<void> {
  const editor = page.locator('.graphiql-query-editor')
  await page.goto('/graphql')
  await expect(editor).toContainText('activeBatchRuns')
  await page.getByRole('tab', { name: tab }).click()
  await expect(editor).toContainText(holds)
}

test('streams a subscription in the playground, with editor and workers from this server', async ({ page, chowda }) => {
  const workers: string[] = []
  page.on('worker', (worker) => workers.push(worker.url()))
  await example(page, 'Activity', 'actorClaim')
  await expect(page).toHaveTitle('Playground · Chowda')
  await page.getByRole('button', { name: /Execute query/ }).click()
  const answer = page.locator('.graphiql-response')
  const guids = ['cpb-aacip-playground-1']
  // The subscription starts some time after the click.
  await expect(async () => {
    await chowda.media(guids)
    await expect(answer).toContainText('addMediaFiles', { timeout: 1_000 })
  }).toPass()
  await chowda.query('mutation ($guid: String!) { deleteMediaFile(guid: $guid) }', { guid: guids[0] })
  await expect(answer).toContainText('deleteMediaFile')
  expect(workers.length).toBeGreaterThan(0)
  expect(workers.filter((url) => !url.startsWith(`${chowda.url}/assets/`))).toEqual([])
})

test('answers a query, and links back to the pages', async ({ page }) => {
  await example(page, 'Apps', 'maxConcurrency')
  await page.getByRole('button', { name: /Execute query/ }).click()
  await expect(page.locator('.graphiql-response')).toContainText('"nodes"')
  await page.getByRole('link', { name: 'Now' }).click()
  await expect(page.getByRole('heading', { name: 'Now', level: 1 })).toBeVisible()
})
