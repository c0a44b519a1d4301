import { expect, uploadFile, test, type Chowda } from './chowda'

function guids(name: string, number: number): string[] {
  return Array.from({ length: number }, (_, n) => `cpb-aacip-${name}-${n}`)
}

const V = 'http://mmif.clams.ai/vocabulary'
const SLATES = 30

/** A MMIF from elsewhere, with slates and the text on them. */
function mmifOf(guid: string) {
  const texts = Array.from({ length: SLATES }, (_, n) => ({
    '@type': `${V}/TextDocument/v1`,
    properties: { id: `v_1:td_${n}`, text: { '@value': n === 17 ? 'PRODUCED BY WGBH BOSTON' : `TAKE ${n}` } },
  }))
  const frames = Array.from({ length: SLATES }, (_, n) => ({
    '@type': `${V}/TimeFrame/v6`,
    properties: { id: `v_0:tf_${n}`, start: n * 1000, end: n * 1000 + 900, label: n % 3 === 0 ? 'bars' : 'slate' },
  }))
  return {
    metadata: { mmif: 'http://mmif.clams.ai/1.1.0' },
    documents: [
      { '@type': `${V}/VideoDocument/v1`, properties: { id: 'd1', location: `file:///data/${guid}.mp4` } },
    ],
    views: [
      {
        id: 'v_0',
        metadata: { app: 'http://apps.clams.ai/swt-detection/v8.9', parameters: { tfMinScore: '0.5' }, contains: {} },
        annotations: frames,
      },
      {
        id: 'v_1',
        metadata: { app: 'http://apps.clams.ai/tesseract/v2.1', contains: {}, warnings: ['2 frames were left out.'] },
        annotations: texts,
      },
    ],
  }
}

async function upload(chowda: Chowda, guid: string): Promise<void> {
  const answer = await fetch(`${chowda.url}/mmif?guid=${guid}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(mmifOf(guid)),
  })
  expect(answer.status).toBe(201)
}

test('creates a batch from pasted GUIDs without the unknown ones', async ({
  page,
  chowda,
}) => {
  const [first = '', second = ''] = guids('paste', 2)
  await chowda.media([first, second])
  await page.goto('/batches')
  await page.getByRole('link', { name: 'New batch' }).click()
  await page.getByRole('textbox', { name: 'Name' }).fill('Pasted')
  await page.getByRole('textbox', { name: 'GUIDs' }).fill(`${first}\n"cpb-aacip-unheard-of", ${second}\n${first}`)
  const unknown = page.getByRole('listitem').filter({ hasText: 'cpb-aacip-unheard-of' })
  await expect(unknown).toContainText('line 2')
  await expect(page.getByRole('listitem').filter({ hasText: first })).toContainText('lines 1, 3')
  await page.getByRole('button', { name: 'Create batch' }).click()
  await expect(page.getByText('Fix the problems below')).toBeVisible()
  await page.getByRole('checkbox', { name: /Continue with the 2 media files/ }).check()
  await page.getByRole('button', { name: 'Create batch' }).click()
  await expect(page.getByRole('heading', { name: 'Pasted', level: 1 })).toBeVisible()
  await page.getByRole('tab', { name: 'Not started' }).click()
  await expect(page.getByRole('table').getByRole('link', { name: 'cpb-aacip-paste' })).toHaveText([first, second])
})

test('imports a CSV, lists bad rows with their lines, and imports nothing in all-or-nothing mode', async ({ page }) => {
  const [first = '', second = ''] = guids('import', 2)
  const rows = [
    'guid,location,duration_seconds',
    `${first},file:///data/1.mp4,60`,
    'cpb-aacip-import-bad,file:///data/2.mp4,a minute',
    `${second},file:///data/3.mp4,60`,
  ]
  await page.goto('/media/import')
  await uploadFile(page, 'march.csv', rows)
  await page.getByRole('checkbox', { name: 'All or nothing' }).check()
  await page.getByRole('button', { name: 'Import', exact: true }).click()
  await expect(page.getByText('Nothing was imported: 1 bad row.')).toBeVisible()
  await expect(page.getByRole('row', { name: /cpb-aacip-import-bad/ })).toContainText('3')
  await page.getByRole('checkbox', { name: 'All or nothing' }).uncheck()
  await page.getByRole('button', { name: 'Import', exact: true }).click()
  await expect(page.getByText('2 media files added.')).toBeVisible()
  await page.getByRole('link', { name: 'View media files' }).click()
  await expect(page.getByRole('link', { name: first })).toBeVisible()
})

test('keeps filters and pages in the address across reload and back', async ({
  page,
  chowda,
}) => {
  await chowda.media(guids('many', 60))
  await page.goto('/media')
  await page.getByRole('searchbox', { name: 'Search by GUID' }).fill('aacip-many')
  await expect(page).toHaveURL(/text=aacip-many/)
  await expect(page.getByText('60 in total')).toBeVisible()
  await page.getByRole('button', { name: 'Next' }).click()
  await expect(page).toHaveURL(/text=aacip-many.*after=/)
  await expect(page.getByRole('row')).toHaveCount(11)
  await page.reload()
  await expect(page.getByRole('searchbox', { name: 'Search by GUID' })).toHaveValue('aacip-many')
  await expect(page.getByRole('row')).toHaveCount(11)
  await page.goBack()
  await expect(page.getByRole('row')).toHaveCount(51)
})

test('creates a batch from all media files that match a filter', async ({ page, chowda }) => {
  await chowda.media(guids('chosen', 55))
  await page.goto('/media?text=aacip-chosen')
  await page.getByRole('checkbox', { name: 'All on this page' }).check()
  const bar = page.getByRole('region', { name: 'Selected rows' })
  await expect(bar).toContainText('50 selected')
  await bar.getByRole('button', { name: 'Select all 55' }).click()
  await bar.getByRole('link', { name: 'Create batch' }).click()
  await expect(page.getByText('All media files that match the filter', { exact: true })).toBeVisible()
  await expect(page.getByText('55 files', { exact: true })).toBeVisible()
  await page.reload()
  await page.getByRole('textbox', { name: 'Name' }).fill('All that match')
  await page.getByRole('button', { name: 'Create batch' }).click()
  await expect(page.getByRole('heading', { name: 'All that match', level: 1 })).toBeVisible()
  await expect(page.getByRole('link', { name: '55', exact: true })).toBeVisible()
})

test('shows a MMIF as overview, texts and JSON', async ({ page, chowda }) => {
  const [guid = ''] = guids('viewed', 1)
  const input = [{ guid, documents: [{ type: 'VIDEO', location: `file:///data/${guid}.mp4` }] }]
  await chowda.query('mutation ($input: [MediaFileInput!]!) { addMediaFiles(input: $input) { guid } }', { input })
  await upload(chowda, guid)
  await page.goto(`/media/${guid}`)
  await page.getByRole('table').getByRole('link', { name: 'Uploaded' }).click()

  const scenes = page.getByRole('region', { name: /swt-detection v8.9/ })
  await expect(scenes.getByRole('list', { name: 'Labels of TimeFrame' }).getByRole('listitem')).toHaveText([
    /slate 20/,
    /bars 10/,
  ])
  await expect(scenes).toContainText('tfMinScore')
  await expect(page.getByRole('region', { name: /tesseract v2.1/ })).toContainText('2 frames were left out.')

  await page.getByRole('link', { name: 'Read 30 texts' }).click()
  await page.getByRole('searchbox', { name: 'Search the texts' }).fill('wgbh')
  await expect(page.getByRole('tabpanel').getByRole('listitem')).toHaveText([/v_1:td_17.*PRODUCED BY WGBH BOSTON/])

  await page.getByRole('tab', { name: 'JSON' }).click()
  await page.getByRole('searchbox', { name: 'Search keys and values' }).fill('take 2')
  const hits = page.getByRole('tabpanel').getByRole('status')
  await expect(hits).toHaveText('1 of 11')
  const found = page.getByRole('treeitem', { selected: true })
  await expect(found).toContainText('TAKE 2')
  await page.getByRole('button', { name: 'Next match' }).click()
  await expect(hits).toHaveText('2 of 11')
  await expect(found).toContainText('TAKE 20')
  await page.getByRole('tree').focus()
  await page.keyboard.press('ArrowLeft')
  await expect(found).toHaveAttribute('aria-expanded', 'true')
  await page.reload()
  await expect(found).toContainText('TAKE 2')
})
