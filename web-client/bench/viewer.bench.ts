/**
 * Measures how responsive the page of a 50 MB MMIF is while it is opened, scrolled and searched.
 * Run `make web`, then `npm run bench`.
 */
import { test, type Page } from '@playwright/test'
import { CHROMIUM, INSTALL_HINT } from '../e2e/browser'
import { Chowda } from '../e2e/chowda'
import { assertLimits, measure, report, type Measurement } from './main-thread'

const GUID = 'cpb-aacip-bench-50mb'
const BYTES = 50_000_000
const V = 'http://mmif.clams.ai/vocabulary'

/** Returns a MMIF like that of a speech recognizer and a scene detector: many tokens, time points and some texts. */
function largeMmif(): string {
  const annotations: string[] = []
  for (let n = 0, size = 0; size < BYTES; n += 1) {
    const [type, properties] =
      n % 50 === 0
        ? ['TextDocument/v1', { text: { '@value': `sentence ${n} of a programme that goes on for hours` } }]
        : n % 3 === 0
          ? ['TimePoint/v4', { timePoint: n * 40, label: n % 2 ? 'slate' : 'bars', classification: { slate: 0.71, bars: 0.29 } }]
          : ['Token/v1', { start: n * 6, end: n * 6 + 5, word: `word${n % 5000}`, confidence: 0.93 }]
    const annotation = JSON.stringify({ '@type': `${V}/${type}`, properties: { id: `a_${n}`, ...(properties as object) } })
    annotations.push(annotation)
    size += annotation.length
  }
  const metadata = JSON.stringify({ app: 'http://apps.clams.ai/whisper-wrapper/v12', contains: {} })
  const documents = JSON.stringify([{ '@type': `${V}/VideoDocument/v1`, properties: { id: 'd1', location: `file:///data/${GUID}.mp4` } }])
  return `{"metadata":{"mmif":"http://mmif.clams.ai/1.1.0"},"documents":${documents},"views":[{"id":"v_0","metadata":${metadata},"annotations":[${annotations.join()}]}]}`
}

async function upload(chowda: Chowda): Promise<string> {
  await chowda.media([GUID])
  const response = await fetch(`${chowda.url}/mmif?guid=${GUID}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: largeMmif(),
  })
  if (response.status !== 201) throw new Error(await response.text())
  const { id } = (await response.json()) as { id: string }
  return id
}

async function scroll(page: Page): Promise<void> {
  const box = await page.getByRole('tree').boundingBox()
  if (!box) throw new Error('The tree is not visible.')
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
  for (let step = 0; step < 200; step += 1) {
    await page.mouse.wheel(0, step % 2 ? 900 : 400)
    await new Promise((resolve) => setTimeout(resolve, 16))
  }
}

test('the page of a MMIF of 50 MB', async ({ page, browser }) => {
  if (CHROMIUM === undefined) throw new Error(INSTALL_HINT)
  const chowda = await Chowda.start()
  try {
    const id = await upload(chowda)
    const session = await browser.newBrowserCDPSession()
    const rows: Record<string, Measurement> = {}
    const addRow = async (name: string, work: () => Promise<void>) => {
      rows[name] = await measure(session, work)
    }
    await addRow('opened', async () => {
      await page.goto(`${chowda.url}/mmifs/${id}`)
      await page.getByRole('region', { name: /whisper-wrapper v12/ }).waitFor({ timeout: 120_000 })
    })
    await addRow('texts read and searched', async () => {
      await page.getByRole('link', { name: /^Read [\d,]+ texts$/ }).click()
      await page.getByRole('searchbox', { name: 'Search the texts' }).fill('sentence 999')
      await page.getByRole('tabpanel').getByRole('listitem').first().waitFor({ timeout: 60_000 })
    })
    await addRow('JSON expanded and scrolled', async () => {
      await page.getByRole('tab', { name: 'JSON' }).click()
      await page.getByRole('tree').waitFor()
      await page.getByRole('treeitem').filter({ hasText: 'views' }).first().click()
      await page.keyboard.press('*')
      await scroll(page)
    })
    await addRow('JSON searched to the end', async () => {
      await page.getByRole('searchbox', { name: 'Search keys and values' }).fill('word4999')
      await page.getByRole('treeitem', { selected: true }).filter({ hasText: 'word4999' }).waitFor({ timeout: 60_000 })
      await page.getByRole('tabpanel').getByRole('status').filter({ hasText: /^1 of \d+$/ }).waitFor({ timeout: 60_000 })
    })
    report(rows)
    assertLimits(rows)
  } finally {
    await chowda.stop()
  }
})
