import { accessible } from './accessible'
import { expect, test, type Chowda, type FakeApp } from './chowda'

let faces: FakeApp
let words: FakeApp
let pipeline: string

test.beforeAll(async ({ chowda }) => {
  faces = await chowda.fakeApp('faces', { seconds: 0.1, version: 'v2.0' })
  words = await chowda.fakeApp('words', { seconds: 0.1, version: 'v3.1' })
  pipeline = await chowda.pipeline('Faces, words', [await chowda.register(faces.url), await chowda.register(words.url)])
})

/** Starts a batch of new files. Returns the first GUID and the run's ID. */
async function started(chowda: Chowda, name: string, files: number, before: (first: string) => Promise<void> = () => Promise.resolve()) {
  const guids = Array.from({ length: files }, (_, n) => `cpb-aacip-${name}-${n}`)
  await chowda.media(guids)
  const [first = ''] = guids
  await before(first)
  return { first, run: await chowda.start(await chowda.batch(name, pipeline, guids)) }
}

test('finds, explains and retries a failed file without a reload', async ({
  page,
  chowda,
}) => {
  const { first, run } = await started(chowda, 'broken', 6, (guid) =>
    words.control({ behave: [{ kind: 'error_view', guid, times: 1, message: 'no words in it' }] }),
  )
  await page.goto(`/batch-runs/${run}`)
  await expect(page.getByRole('button', { name: 'Retry broken' })).toBeVisible({ timeout: 30_000 })
  await expect(page.getByRole('progressbar', { name: 'faces' })).toHaveAttribute('aria-valuetext', '100 %')
  await page.getByRole('button', { name: /^Failed 1/ }).click()
  await expect(page).toHaveURL(/status=FAILED/)
  const row = page.getByRole('row', { name: new RegExp(first) })
  await expect(row).toContainText('APP_ERROR')
  await expect(page.getByRole('row')).toHaveCount(2) // including the header row
  await accessible(page)

  await row.getByRole('link', { name: first }).click()
  await expect(page.getByRole('heading', { level: 1, name: first })).toBeVisible()
  await page.getByText('App output').click()
  await expect(page.locator('pre')).toContainText('no words in it')
  await expect(page.getByRole('link', { name: '1. faces' })).toBeVisible()
  await accessible(page)

  await page.getByRole('button', { name: 'Retry …' }).click()
  const dialog = page.getByRole('dialog', { name: 'Retry these files?' })
  await expect(dialog).toContainText('Retries 1 file')
  await dialog.getByRole('button', { name: 'Retry' }).click()
  await expect(page.getByRole('link', { name: '2. words' })).toBeVisible({ timeout: 30_000 })
  await page.getByRole('link', { name: 'broken' }).click()
  await expect(page.getByRole('button', { name: 'Retry broken' })).toBeHidden()
  await expect(page.getByRole('row', { name: new RegExp(first) })).toBeVisible()
})

test('shows a run as a grid with the keyboard alone, and its calls by worker', async ({ page, chowda }) => {
  const { first, run } = await started(chowda, 'seen', 8)
  await page.goto(`/batch-runs/${run}?view=grid`)
  const grid = page.getByRole('grid', { name: /8 files/ })
  await grid.focus()
  await page.keyboard.press('Home')
  await expect(page.getByRole('row').getByRole('rowheader')).toHaveText(first)
  await page.keyboard.press('ArrowRight')
  await expect(page.getByRole('row').getByRole('rowheader')).toHaveText(first.replace(/0$/, '1'))
  await expect(page.getByRole('gridcell', { name: 'words: finished' })).toBeAttached({ timeout: 30_000 })
  await accessible(page)

  await page.getByRole('tab', { name: 'Workers' }).click()
  await expect(page.getByText('Last 16 calls')).toBeVisible({ timeout: 30_000 })
  await page.getByRole('button', { name: 'Show table' }).click()
  await expect(page.getByRole('row', { name: /faces/ })).toHaveCount(8)
  await accessible(page)
  await page.emulateMedia({ colorScheme: 'dark' })
  await accessible(page)
})

test('cancels a run after it shows the number of affected files', async ({ page, chowda }) => {
  const { run } = await started(chowda, 'too-long', 4, () => words.control({ set: { seconds: 20 } }))
  await page.goto(`/batch-runs/${run}`)
  await page.getByRole('button', { name: 'Cancel too-long' }).click()
  const dialog = page.getByRole('dialog', { name: 'Cancel “too-long”?' })
  await expect(dialog).toContainText(/Cancels 4 files/)
  await dialog.getByRole('button', { name: 'Cancel run' }).click()
  await expect(page.getByText('Duration', { exact: true })).toBeVisible()
  await expect(page.getByText('Canceled', { exact: true }).first()).toBeVisible()
})

test('an unknown run shows that it does not exist', async ({ page }) => {
  await page.goto('/batch-runs/brun-zzz')
  await expect(page.getByRole('heading', { name: 'There is no batch run brun-zzz' })).toBeVisible()
  await page.goto('/pipeline-runs/prun-zzz')
  await expect(page.getByRole('heading', { name: /There is no/ })).toBeVisible()
})
