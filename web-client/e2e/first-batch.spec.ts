/** A new user's first hour with real CLAMS apps and videos: from an empty database to the text on a slate. */
import type { Page } from '@playwright/test'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Chowda, EXAMPLES_PYTHON, expect, uploadFile, hasExamples, test } from './chowda'

interface Video {
  guid: string
  path: string
  durationMs: number
  segments: { label: string; title?: string }[]
}

let empty: Chowda
let directory: string
let videos: Video[]

test.skip(() => !hasExamples(), 'No example apps installed. Run: make install-examples')
test.describe.configure({ timeout: 240_000 })
test.use({
  baseURL: async ({}, use) => {
    directory = mkdtempSync(join(tmpdir(), 'chowda-first-'))
    const script = resolve(import.meta.dirname, '../../examples/media/make_media.py')
    execFileSync(EXAMPLES_PYTHON, [script, '--out', directory], { stdio: 'ignore' })
    videos = (JSON.parse(readFileSync(join(directory, 'media.json'), 'utf-8')) as { media: Video[] }).media
    empty = await Chowda.start()
    await use(empty.url)
    await empty.stop()
    rmSync(directory, { recursive: true, force: true })
  },
})

async function register(page: Page, app: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Apps' }).click()
  await page.getByRole('button', { name: 'Register app' }).first().click()
  const dialog = page.getByRole('dialog', { name: 'Register app' })
  await dialog.getByLabel('Address').fill(await empty.exampleApp(app))
  await dialog.getByRole('button', { name: 'Register' }).click()
  await expect(page.getByText('Online', { exact: true })).toBeVisible()
}

test('gets from an empty database to the text on a slate, and retries a missing file', async ({ page }) => {
  const [first, late] = videos
  if (!first || !late) throw new Error('There are no videos.')

  await page.goto('/')
  await expect(page.getByRole('heading', { name: 'Nothing has run yet' })).toBeVisible()
  await page.getByRole('link', { name: 'Register apps' }).click()
  await register(page, 'scenes-with-text')
  await register(page, 'slate-ocr')

  await page.getByRole('link', { name: 'Now' }).click()
  await expect(page.getByText('2 apps: done')).toBeVisible()
  await page.getByRole('link', { name: 'Import media files' }).click()
  const rows = [first, late].map(({ guid, path, durationMs }) =>
    [guid, pathToFileURL(join(directory, path)).href, durationMs / 1000].join(),
  )
  await uploadFile(page, 'holdings.csv', ['guid,location,duration_seconds', ...rows])
  await page.getByRole('button', { name: 'Import', exact: true }).click()
  await expect(page.getByText('2 media files added.')).toBeVisible()

  await page.getByRole('link', { name: 'Now' }).click()
  await page.getByRole('link', { name: 'Create pipeline' }).click()
  await page.getByLabel('Name', { exact: true }).fill('Slates')
  for (const app of ['Scenes with Text', 'Slate OCR']) {
    await page.getByRole('combobox', { name: 'Add step' }).click()
    await page.getByRole('option', { name: new RegExp(`^${app}`) }).click()
  }
  await expect(page.getByText('The steps fit together.')).toBeVisible()
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Slates' })).toBeVisible()

  await page.getByRole('link', { name: 'Now' }).click()
  await page.getByRole('link', { name: 'Create batch' }).click()
  await page.getByRole('textbox', { name: 'Name' }).fill('First batch')
  await page.getByRole('combobox', { name: 'Pipeline' }).click()
  await page.getByRole('option', { name: /Slates/ }).click()
  await page.getByRole('textbox', { name: 'GUIDs' }).fill(`${first.guid}\n${late.guid}`)
  await page.getByRole('button', { name: 'Create batch' }).click()
  await expect(page.getByRole('heading', { name: 'First batch', level: 1 })).toBeVisible()

  const away = join(directory, 'away.mp4')
  renameSync(join(directory, late.path), away)
  await page.getByRole('button', { name: 'Start' }).click()
  const dialog = page.getByRole('dialog', { name: 'Start “First batch”' })
  const what = dialog.getByRole('region', { name: 'Preview' })
  await expect(what).toContainText('2 media files')
  await dialog.getByText('Override parameters').click()
  const confidence = dialog.getByRole('textbox', { name: 'minConfidence' })
  await confidence.fill('much')
  await expect(confidence).toHaveAttribute('aria-invalid', 'true')
  await expect(what).toContainText("'minConfidence' must be a finite number; 'much' is a string")
  await confidence.fill('0.75')
  await expect(what).toContainText('minConfidence = 0.75')
  await expect(what).toContainText('2 media files')
  await dialog.getByRole('button', { name: 'Start', exact: true }).click()
  await page.getByRole('tab', { name: 'Runs' }).click()
  await page.getByRole('link', { name: /Slates v1/ }).click()

  await expect(page.getByRole('button', { name: 'Retry First batch' })).toBeVisible({ timeout: 120_000 })
  await page.getByRole('button', { name: /^Failed 1/ }).click()
  const failed = page.getByRole('row', { name: new RegExp(late.guid) })
  await expect(failed).toContainText('APP_ERROR')
  renameSync(away, join(directory, late.path))
  await page.getByRole('button', { name: 'Retry First batch' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Retry', exact: true }).click()
  await expect(page.getByText('Finished', { exact: true }).first()).toBeVisible({ timeout: 120_000 })

  await page.getByRole('button', { name: 'Show all files' }).click()
  await page.getByRole('link', { name: late.guid }).click()
  await page.getByRole('link', { name: 'View MMIF' }).last().click()
  await page.getByRole('link', { name: /^Read \d+ texts?$/ }).click()
  const title = late.segments.find(({ label }) => label === 'slate')?.title ?? 'no slate'
  await expect(page.getByRole('tabpanel')).toContainText(title)
})
