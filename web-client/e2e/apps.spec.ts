import { accessible } from './accessible'
import { expect, test } from './chowda'

test('registers an app by its address, and shows a wrong address beside the field', async ({ page, chowda }) => {
  const { url } = await chowda.fakeApp('registered')
  await page.goto('/apps')
  await page.getByRole('button', { name: 'Register app' }).first().click()
  const dialog = page.getByRole('dialog', { name: 'Register app' })
  await dialog.getByLabel('Address').fill('http://127.0.0.1:9')
  await dialog.getByRole('button', { name: 'Register' }).click()
  await expect(dialog.getByText(/http:\/\/127.0.0.1:9 can't be reached/)).toBeVisible()
  await expect(dialog.getByLabel('Address')).toHaveAttribute('aria-invalid', 'true')
  await dialog.getByLabel('Address').fill(url)
  await dialog.getByRole('button', { name: 'Register' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'registered' })).toBeVisible()
  await expect(page.getByText('Online', { exact: true })).toBeVisible()
  await accessible(page)
})

test('imports metadata from files, and names each invalid file', async ({ page }) => {
  await page.goto('/apps')
  await page.getByRole('button', { name: 'Import metadata' }).first().click()
  const description = {
    name: 'from a file',
    identifier: 'http://apps.clams.ai/from-a-file/v1',
    app_version: 'v1',
    mmif_version: '1.1.0',
    input: [],
    output: [],
    parameters: [],
  }
  const file = (name: string, text: string) => ({ name, mimeType: 'application/json', buffer: Buffer.from(text) })
  await page
    .getByLabel('Choose metadata files')
    .setInputFiles([file('good.json', JSON.stringify(description)), file('bad.json', '{')])
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByRole('listitem').filter({ hasText: 'good.json' })).toContainText('can be used to plan pipelines')
  await expect(dialog.getByRole('listitem').filter({ hasText: 'bad.json' })).toContainText('this is not JSON')
  await dialog.getByRole('button', { name: 'Done' }).click()
  await expect(page.getByRole('link', { name: 'from a file' })).toBeVisible()
  await accessible(page)
})

test('shows live slots, limits and queued calls, and counts them before it deactivates an app', async ({ page, chowda }) => {
  const app = await chowda.fakeApp('busy', { seconds: 6 })
  const id = await chowda.register(app.url, 1)
  const guids = ['live-1', 'live-2', 'live-3']
  await chowda.media(guids)
  await page.goto(`/apps/${id}`)
  await expect(page.getByText('0 of 1')).toBeVisible()
  await chowda.start(await chowda.batch('live', await chowda.pipeline('live', [id]), guids))
  await expect(page.getByText('1 of 1')).toBeVisible()
  await expect(page.getByText('2 in 1 batch run')).toBeVisible()
  await page.getByLabel('Concurrent calls').fill('2')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByText('2 of 2')).toBeVisible()
  await page.getByRole('button', { name: 'Deactivate …' }).click()
  await expect(page.getByText(/Calls that wait until it is activated again: 1. Running calls, which continue: 2./)).toBeVisible()
  await accessible(page)
  await page.getByRole('dialog').getByRole('button', { name: 'Deactivate' }).click()
  await expect(page.getByText('Deactivated', { exact: true })).toBeVisible()
  await app.control({ set: { seconds: 0.1 } })
  await expect(page.getByText('0 of 2')).toBeVisible()
  await page.getByRole('button', { name: 'Activate …' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Activate' }).click()
  await expect(page.getByRole('definition').filter({ hasText: /^none$/ })).toBeVisible()
  await expect(page.getByRole('img', { name: /Last \d calls: median/ })).toBeVisible()
})
