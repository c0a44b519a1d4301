import type { Page } from '@playwright/test'
import { accessible } from './accessible'
import { expect, test, type Chowda } from './chowda'

const VIDEO = 'http://clams.ai/vocabulary/type/VideoDocument/v2'
const TIME_FRAME = 'http://clams.ai/vocabulary/type/TimeFrame/v6'
const TEXT = 'http://clams.ai/vocabulary/type/TextDocument/v2'
const OLDER_TIME_FRAME = 'http://mmif.clams.ai/vocabulary/TimeFrame/v1'

/** Imports the metadata of two apps. The second needs the output of the first. */
async function describeApps(chowda: Chowda, prefix: string): Promise<void> {
  const metadata = (name: string, input: string[], output: string[], parameters: unknown[]) => ({
    name: `${prefix} ${name}`,
    description: `${name}, for tests`,
    app_version: 'v1',
    mmif_version: '1.1.0',
    identifier: `http://apps.clams.ai/${prefix}-${name}/v1`,
    url: 'https://example.org',
    input: input.map((type) => ({ '@type': type, required: true })),
    output: output.map((type) => ({ '@type': type })),
    parameters,
  })
  await chowda.query('mutation ($all: [JSON!]!) { importApps(descriptions: $all) { outcome } }', {
    all: [
      metadata('scenes', [VIDEO], [TIME_FRAME], [
        { name: 'rate', type: 'integer', default: 1000, description: 'Milliseconds between frames' },
        { name: 'labels', type: 'string', multivalued: true, default: ['slate'], description: 'What to look for' },
        { name: 'careful', type: 'boolean', default: false, description: 'Takes longer' },
      ]),
      metadata('ocr', [VIDEO, OLDER_TIME_FRAME], [TEXT], [
        { name: 'language', type: 'string', choices: ['eng', 'spa'], default: 'eng', description: 'Of the text' },
      ]),
    ],
  })
}

/** Presses Tab until the element with this name has the focus. */
async function tabTo(page: Page, name: string, backwards = false): Promise<void> {
  for (let presses = 0; presses < 80; presses++) {
    await page.keyboard.press(backwards ? 'Shift+Tab' : 'Tab')
    const focused = page.locator(':focus')
    if ((await focused.count()) === 0) continue
    const shownName = await focused.evaluate((element: HTMLElement) => {
      const [label] = element instanceof HTMLInputElement ? (element.labels ?? []) : []
      return element.getAttribute('aria-label') ?? (label ?? element).textContent
    })
    if (shownName.trim() === name) return
  }
  throw new Error(`Tab reaches no element with the name ${name}`)
}

test('builds, reorders and saves a pipeline with the keyboard alone', async ({ page, chowda }) => {
  await describeApps(chowda, 'Keys')
  await page.goto('/pipelines/new')
  await tabTo(page, 'Name')
  await page.keyboard.type('Keys alone')
  for (const app of ['keys ocr', 'keys scenes']) {
    await tabTo(page, 'Add step')
    await page.keyboard.press('Enter')
    await page.keyboard.type(app)
    await expect(page.getByRole('option')).toHaveCount(1)
    await page.keyboard.press('Enter')
    await expect(page.getByRole('listbox')).toHaveCount(0)
  }
  await expect(page.getByRole('button', { name: 'Step 1: Keys ocr, 1 problem' })).toBeVisible()
  await tabTo(page, 'Move step 1 of 2, Keys ocr', true)
  await page.keyboard.press('ArrowDown')
  await expect(page.getByText('Keys ocr is now step 2 of 2.')).toBeAttached()
  await expect(page.getByRole('button', { name: 'Move step 2 of 2, Keys ocr' })).toBeFocused()
  await expect(page.getByText('The steps fit together.')).toBeVisible()
  await expect(page.getByRole('list', { name: 'Inputs of step 2' })).toContainText('TimeFrame')

  await tabTo(page, 'Step 1: Keys scenes', true)
  await page.keyboard.press('Enter')
  await tabTo(page, 'rate')
  await page.keyboard.type('often')
  await expect(page.getByText(/'rate' must be a whole number; 'often' is a string/)).toBeVisible()
  await accessible(page)
  // axe also opens a page of its own, which can take the focus.
  await page.keyboard.press('Shift+Tab')
  await tabTo(page, 'rate')
  await page.keyboard.press('ControlOrMeta+A')
  await page.keyboard.type('500')
  await expect(page.getByText('The steps fit together.')).toBeVisible()
  await tabTo(page, 'Save', true)
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { level: 1, name: 'Keys alone' })).toBeVisible()
  const { pipelines } = await chowda.query<{ pipelines: { nodes: unknown[] } }>(
    '{ pipelines(filter: {names: ["Keys alone"]}) { nodes { version steps { app { name } parameters } } } }',
  )
  expect(pipelines.nodes).toEqual([
    {
      version: 1,
      steps: [
        { app: { name: 'Keys scenes' }, parameters: { rate: 500 } },
        { app: { name: 'Keys ocr' }, parameters: {} },
      ],
    },
  ])
})

test('saves changed steps as a new version, and compares the two', async ({ page, chowda }) => {
  await describeApps(chowda, 'Versions')
  await page.goto('/pipelines/new')
  await page.getByLabel('Name', { exact: true }).fill('Versioned')
  await page.getByRole('combobox', { name: 'Add step' }).click()
  await page.getByRole('option', { name: /Versions scenes/ }).click()
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('link', { name: 'Edit' }).click()
  await expect(page.getByRole('button', { name: 'Save' })).toBeDisabled()
  await page.getByRole('group', { name: 'careful' }).getByText('true', { exact: true }).click()
  await page.getByRole('button', { name: 'Copy step 1, Versions scenes' }).click()
  await page.getByRole('link', { name: 'Now' }).click()
  await page.getByRole('button', { name: 'Stay' }).click()
  await page.getByRole('button', { name: 'Save …' }).click()
  await page.getByLabel('Note').fill('Twice is better')
  await accessible(page)
  await page.getByRole('button', { name: 'Save as version 2' }).click()
  await expect(page.getByText('version 2', { exact: true })).toBeVisible()
  await page.getByRole('tab', { name: '2 versions' }).click()
  await expect(page.getByText('Twice is better')).toBeVisible()
  await expect(page.getByRole('row', { name: 'careful default true' }).first()).toBeVisible()
  await expect(page.getByText('Step 2: Versions scenes')).toBeVisible()
  await accessible(page)
  await page.getByRole('tab', { name: 'Text' }).click()
  await expect(page.getByRole('region', { name: 'Pipeline text' })).toContainText('careful: true')
  const download = page.waitForEvent('download')
  await page.getByRole('link', { name: /Download/ }).click()
  expect((await download).suggestedFilename()).toBe('versioned-v2.yaml')
})

test('shows an import error with its line, and imports after another app is selected', async ({ page, chowda }) => {
  await describeApps(chowda, 'Import')
  await page.goto('/pipelines/import')
  const text = page.getByRole('textbox', { name: 'Pipeline text' })
  await text.fill('name: Imported\nsteps:\n  - app: http://apps.clams.ai/Import-scenes/v0\n')
  const problems = page.getByRole('list', { name: 'Problems' })
  await expect(problems).toContainText(/Line 3, step 1: no app is registered/)
  await expect(page.getByRole('button', { name: 'Import' })).toBeDisabled()
  await accessible(page)
  await page.getByRole('combobox', { name: 'App for step 1' }).click()
  await page.getByRole('option', { name: /Import scenes/ }).click()
  await expect(page.getByText('A new pipeline, Imported, with 1 step.')).toBeVisible()
  await page.getByRole('button', { name: 'Import' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Imported' })).toBeVisible()
})

test('archives a pipeline after a preview, and lists it with the archived ones', async ({
  page,
  chowda,
}) => {
  await describeApps(chowda, 'Archive')
  const { apps } = await chowda.query<{ apps: { nodes: { id: string }[] } }>(
    '{ apps(filter: {names: ["Archive scenes"]}) { nodes { id } } }',
  )
  const ids = apps.nodes.map((app) => app.id)
  const id = await chowda.pipeline('Archived', ids)
  await chowda.pipeline('In use', ids)
  await page.goto(`/pipelines/${id}`)
  await page.getByRole('button', { name: 'More actions for Archived' }).click()
  await page.getByRole('menuitem', { name: 'Archive …' }).click()
  await expect(page.getByText(/Batches with this default pipeline: 0. Active runs, which continue: 0./)).toBeVisible()
  await page.getByRole('dialog').getByRole('button', { name: 'Archive', exact: true }).click()
  await expect(page.getByText('archived', { exact: true })).toBeVisible()
  await page.goto('/pipelines')
  await expect(page.getByRole('link', { name: 'In use', exact: true })).toBeVisible()
  await expect(page.getByRole('link', { name: 'Archived', exact: true })).toHaveCount(0)
  await page.goto('/pipelines?show=archived')
  await expect(page.getByRole('link', { name: 'Archived', exact: true })).toBeVisible()
  await accessible(page)
  await page.goto('/pipelines/pipe-zzzz')
  await expect(page.getByRole('heading', { name: 'There is no pipeline pipe-zzzz' })).toBeVisible()
})
