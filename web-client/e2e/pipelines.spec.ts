import type { Page } from '@playwright/test'
import { accessible } from './accessible'
import { expect, test, type Chowda } from './chowda'

const VIDEO = 'http://clams.ai/vocabulary/type/VideoDocument/v2'
const TIME_FRAME = 'http://clams.ai/vocabulary/type/TimeFrame/v6'
const TEXT = 'http://clams.ai/vocabulary/type/TextDocument/v2'
const OLDER_TIME_FRAME = 'http://mmif.clams.ai/vocabulary/TimeFrame/v1'

/** Two apps of which the second takes what the first gives, under names of their own. */
async function describeApps(chowda: Chowda, prefix: string): Promise<void> {
  const described = (name: string, input: string[], output: string[], parameters: unknown[]) => ({
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
      described('scenes', [VIDEO], [TIME_FRAME], [
        { name: 'rate', type: 'integer', default: 1000, description: 'Milliseconds between frames' },
        { name: 'labels', type: 'string', multivalued: true, default: ['slate'], description: 'What to look for' },
        { name: 'careful', type: 'boolean', default: false, description: 'Takes longer' },
      ]),
      described('ocr', [VIDEO, OLDER_TIME_FRAME], [TEXT], [
        { name: 'language', type: 'string', choices: ['eng', 'spa'], default: 'eng', description: 'Of the text' },
      ]),
    ],
  })
}

/** Until it has the focus; never a click. */
async function tabTo(page: Page, name: string, backwards = false): Promise<void> {
  for (let presses = 0; presses < 80; presses++) {
    await page.keyboard.press(backwards ? 'Shift+Tab' : 'Tab')
    const focused = page.locator(':focus')
    if ((await focused.count()) === 0) continue
    const told = await focused.evaluate((element: HTMLElement) => {
      const [label] = element instanceof HTMLInputElement ? (element.labels ?? []) : []
      return element.getAttribute('aria-label') ?? (label ?? element).textContent
    })
    if (told.trim() === name) return
  }
  throw new Error(`Nothing that Tab comes to is called ${name}`)
}

test('a pipeline is built, put in order and saved with the keyboard alone', async ({ page, chowda }) => {
  await describeApps(chowda, 'Keys')
  await page.goto('/pipelines/new')
  await tabTo(page, 'Name')
  await page.keyboard.type('Keys alone')
  for (const app of ['keys ocr', 'keys scenes']) {
    await tabTo(page, 'Add a step')
    await page.keyboard.press('Enter')
    await page.keyboard.type(app)
    await expect(page.getByRole('option')).toHaveCount(1)
    await page.keyboard.press('Enter')
    await expect(page.getByRole('listbox')).toHaveCount(0)
  }
  await expect(page.getByRole('button', { name: 'Step 1: Keys ocr, 1 problem' })).toBeVisible()
  await tabTo(page, 'Move step 1 of 2, Keys ocr', true)
  await page.keyboard.press('ArrowDown')
  await expect(page.getByText('Keys ocr is step 2 of 2 now.')).toBeAttached()
  await expect(page.getByRole('button', { name: 'Move step 2 of 2, Keys ocr' })).toBeFocused()
  await expect(page.getByText('The steps fit together.')).toBeVisible()
  await expect(page.getByRole('list', { name: 'What step 2 takes' })).toContainText('TimeFrame')

  await tabTo(page, 'Step 1: Keys scenes', true)
  await page.keyboard.press('Enter')
  await tabTo(page, 'rate')
  await page.keyboard.type('often')
  await expect(page.getByText(/'rate' must be a whole number; 'often' is a string/)).toBeVisible()
  await accessible(page)
  // axe works in a page of its own too, which now and then takes the focus with it.
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

test('other steps make a new version, and the two are compared', async ({ page, chowda }) => {
  await describeApps(chowda, 'Versions')
  await page.goto('/pipelines/new')
  await page.getByLabel('Name', { exact: true }).fill('Versioned')
  await page.getByRole('combobox', { name: 'Add a step' }).click()
  await page.getByRole('option', { name: /Versions scenes/ }).click()
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('link', { name: 'Edit' }).click()
  await expect(page.getByRole('button', { name: 'Save' })).toBeDisabled()
  await page.getByRole('group', { name: 'careful' }).getByText('true', { exact: true }).click()
  await page.getByRole('button', { name: 'Copy step 1, Versions scenes' }).click()
  await page.getByRole('link', { name: 'Now' }).click()
  await page.getByRole('button', { name: 'Stay' }).click()
  await page.getByRole('button', { name: 'Save …' }).click()
  await page.getByLabel('Why').fill('Twice is better')
  await accessible(page)
  await page.getByRole('button', { name: 'Save as version 2' }).click()
  await expect(page.getByText('version 2', { exact: true })).toBeVisible()
  await page.getByRole('tab', { name: '2 versions' }).click()
  await expect(page.getByText('Twice is better')).toBeVisible()
  await expect(page.getByRole('row', { name: 'careful default true' }).first()).toBeVisible()
  await expect(page.getByText('Step 2: Versions scenes')).toBeVisible()
  await accessible(page)
  await page.getByRole('tab', { name: 'As text' }).click()
  await expect(page.getByRole('region', { name: 'The pipeline as text' })).toContainText('careful: true')
  const download = page.waitForEvent('download')
  await page.getByRole('link', { name: /Download/ }).click()
  expect((await download).suggestedFilename()).toBe('versioned-v2.yaml')
})

test('what can’t be imported is told beside its line, and an app is chosen instead', async ({ page, chowda }) => {
  await describeApps(chowda, 'Import')
  await page.goto('/pipelines/import')
  const text = page.getByRole('textbox', { name: 'The pipeline as text' })
  await text.fill('name: Imported\nsteps:\n  - app: http://apps.clams.ai/Import-scenes/v0\n')
  const problems = page.getByRole('list', { name: 'What is wrong' })
  await expect(problems).toContainText(/Line 3, step 1: no app is registered/)
  await expect(page.getByRole('button', { name: 'Import' })).toBeDisabled()
  await accessible(page)
  await page.getByRole('combobox', { name: 'App for step 1' }).click()
  await page.getByRole('option', { name: /Import scenes/ }).click()
  await expect(page.getByText('A new pipeline, Imported, with 1 step.')).toBeVisible()
  await page.getByRole('button', { name: 'Import' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Imported' })).toBeVisible()
})

test('a pipeline is archived after what it would mean was told, and found where archived ones are', async ({
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
  await page.getByRole('button', { name: 'More to do with Archived' }).click()
  await page.getByRole('menuitem', { name: 'Archive …' }).click()
  await expect(page.getByText(/0 batches would start on it by default; 0 runs under way go on/)).toBeVisible()
  await page.getByRole('button', { name: 'Archive it' }).click()
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
