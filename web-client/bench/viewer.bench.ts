/** Whether a MMIF of 50 MB lets the tab breathe: opened, read, scrolled and searched, from a real Chowda. `npm run bench`, after `make web`. */
import { test, type Page } from '@playwright/test'
import { CHROMIUM, HOW_TO_HAVE_IT } from '../e2e/browser'
import { Chowda } from '../e2e/chowda'
import { hold, measured, report, type Measured } from './main-thread'

const GUID = 'cpb-aacip-bench-50mb'
const BYTES = 50_000_000
const V = 'http://mmif.clams.ai/vocabulary'

/** As a speech recognizer and a scene detector leave it: tokens without end, time points, some texts. */
function largeMmif(): string {
  const annotations: string[] = []
  for (let n = 0, size = 0; size < BYTES; n += 1) {
    const [type, properties] =
      n % 50 === 0
        ? ['TextDocument/v1', { text: { '@value': `sentence ${n} of a programme that goes on for hours` } }]
        : n % 3 === 0
          ? ['TimePoint/v4', { timePoint: n * 40, label: n % 2 ? 'slate' : 'bars', classification: { slate: 0.71, bars: 0.29 } }]
          : ['Token/v1', { start: n * 6, end: n * 6 + 5, word: `word${n % 5000}`, confidence: 0.93 }]
    const written = JSON.stringify({ '@type': `${V}/${type}`, properties: { id: `a_${n}`, ...(properties as object) } })
    annotations.push(written)
    size += written.length
  }
  const metadata = JSON.stringify({ app: 'http://apps.clams.ai/whisper-wrapper/v12', contains: {} })
  const documents = JSON.stringify([{ '@type': `${V}/VideoDocument/v1`, properties: { id: 'd1', location: `file:///data/${GUID}.mp4` } }])
  return `{"metadata":{"mmif":"http://mmif.clams.ai/1.1.0"},"documents":${documents},"views":[{"id":"v_0","metadata":${metadata},"annotations":[${annotations.join()}]}]}`
}

async function upload(chowda: Chowda): Promise<string> {
  await chowda.media([GUID])
  const answer = await fetch(`${chowda.url}/mmif?guid=${GUID}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: largeMmif(),
  })
  if (answer.status !== 201) throw new Error(await answer.text())
  const { id } = (await answer.json()) as { id: string }
  return id
}

async function scroll(page: Page): Promise<void> {
  const box = await page.getByRole('tree').boundingBox()
  if (!box) throw new Error('The tree is not there.')
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
  for (let turn = 0; turn < 200; turn += 1) {
    await page.mouse.wheel(0, turn % 2 ? 900 : 400)
    await new Promise((resolve) => setTimeout(resolve, 16))
  }
}

test('the page of a MMIF of 50 MB', async ({ page, browser }) => {
  if (CHROMIUM === undefined) throw new Error(`There is ${HOW_TO_HAVE_IT}.`)
  const chowda = await Chowda.start()
  try {
    const id = await upload(chowda)
    const session = await browser.newBrowserCDPSession()
    const rows: Record<string, Measured> = {}
    const row = async (name: string, work: () => Promise<void>) => {
      rows[name] = await measured(session, work)
    }
    await row('opened', async () => {
      await page.goto(`${chowda.url}/mmifs/${id}`)
      await page.getByRole('region', { name: /whisper-wrapper v12/ }).waitFor({ timeout: 120_000 })
    })
    await row('texts read and searched', async () => {
      await page.getByRole('link', { name: /^Read [\d,]+ texts$/ }).click()
      await page.getByRole('searchbox', { name: 'Search the texts' }).fill('sentence 999')
      await page.getByRole('tabpanel').getByRole('listitem').first().waitFor({ timeout: 60_000 })
    })
    await row('JSON opened whole and scrolled', async () => {
      await page.getByRole('tab', { name: 'JSON' }).click()
      await page.getByRole('tree').waitFor()
      await page.getByRole('treeitem').filter({ hasText: 'views' }).first().click()
      await page.keyboard.press('*')
      await scroll(page)
    })
    await row('JSON searched to its end', async () => {
      await page.getByRole('searchbox', { name: 'Search keys and values' }).fill('word4999')
      await page.getByRole('treeitem', { selected: true }).filter({ hasText: 'word4999' }).waitFor({ timeout: 60_000 })
      await page.getByRole('tabpanel').getByRole('status').filter({ hasText: /^1 of \d+$/ }).waitFor({ timeout: 60_000 })
    })
    report(rows)
    hold(rows)
  } finally {
    await chowda.stop()
  }
})
