/** A Chowda with data for every page. */
import { expect, type Page } from '@playwright/test'
import type { Chowda } from './chowda'

/** The IDs of the staged entities. */
interface Staged {
  app: string
  pipeline: string
  batch: string
  /** A batch run that ended with failed files. */
  ended: string
  /** A batch run that stays active. */
  active: string
  collection: string
}

interface Shown {
  name: string
  path: string | ((staged: Staged) => string)
  /** Waits until the page shows its main content. */
  shown: (page: Page) => Promise<void>
}

export const PAGES: Shown[] = [
  {
    name: 'now',
    path: '/',
    shown: async (page) => {
      await expect(page.getByRole('article', { name: 'NewsHour 1992' })).toBeVisible()
      await expect(page.getByRole('row', { name: /Boston TV News/ })).toBeVisible()
    },
  },
  {
    name: 'batch-runs',
    path: '/batch-runs',
    shown: (page) => expect(page.getByRole('row', { name: /Boston TV News.*Failed/ })).toBeVisible(),
  },
  {
    name: 'batch-run',
    path: ({ ended }) => `/batch-runs/${ended}?view=list`,
    shown: (page) => expect(page.getByRole('row', { name: /cpb-aacip-507-0003/ })).toContainText('APP_ERROR'),
  },
  {
    name: 'batch-run-grid',
    path: ({ active }) => `/batch-runs/${active}?view=grid`,
    shown: async (page) => {
      await page.getByRole('grid', { name: /60 files/ }).focus()
      await page.keyboard.press('Home')
      await expect(page.getByRole('row').getByRole('rowheader')).toHaveText('cpb-aacip-290-0000')
    },
  },
  {
    name: 'batch-run-workers',
    path: ({ ended }) => `/batch-runs/${ended}?view=workers`,
    shown: (page) => expect(page.getByText('Last 48 calls')).toBeVisible(),
  },
  {
    name: 'pipeline-run',
    path: ({ ended }) => `/batch-runs/${ended}?view=list&status=FAILED`,
    shown: async (page) => {
      await page.getByRole('link', { name: 'cpb-aacip-507-0003' }).click()
      await page.getByText('App output').click()
      await expect(page.locator('pre')).toContainText('the frame is corrupt')
      await expect(page.getByRole('link', { name: '1. swt-detection' })).toBeVisible()
    },
  },
  {
    name: 'start',
    path: ({ pipeline }) => `/pipelines/${pipeline}`,
    shown: async (page) => {
      await page.getByRole('button', { name: 'Start batch' }).click()
      await page.getByRole('combobox', { name: 'Batch' }).click()
      await page.getByRole('option', { name: /Radio tapes/ }).click()
      await expect(page.getByRole('region', { name: 'Preview' })).toContainText('12 media files')
    },
  },
  {
    name: 'batches',
    path: '/batches',
    shown: (page) => expect(page.getByRole('row', { name: /Radio tapes, side B.*Never started/ })).toBeVisible(),
  },
  {
    name: 'batch',
    path: ({ batch }) => `/batches/${batch}`,
    shown: (page) => expect(page.getByRole('row', { name: /Scenes and slate text v1/ })).toBeVisible(),
  },
  {
    name: 'new-batch',
    path: '/batches/new',
    shown: async (page) => {
      await page.getByRole('textbox', { name: 'GUIDs' }).fill('cpb-aacip-507-0000\ncpb-aacip-507-000o')
      await expect(page.getByText('1 unknown GUID')).toBeVisible()
    },
  },
  {
    name: 'media',
    path: '/media',
    shown: (page) => expect(page.getByRole('link', { name: 'cpb-aacip-290-0059' })).toBeVisible(),
  },
  {
    name: 'media-import',
    path: '/media/import',
    shown: (page) => expect(page.getByRole('checkbox', { name: 'All or nothing' })).toBeVisible(),
  },
  {
    name: 'media-file',
    path: '/media/cpb-aacip-507-0000',
    shown: (page) => expect(page.getByRole('table').getByRole('link', { name: 'doctr-wrapper v1.4' })).toBeVisible(),
  },
  {
    name: 'collections',
    path: '/collections',
    shown: (page) => expect(page.getByRole('row', { name: /Evening news/ })).toBeVisible(),
  },
  {
    name: 'collection',
    path: ({ collection }) => `/collections/${collection}`,
    shown: (page) => expect(page.getByRole('link', { name: 'cpb-aacip-507-0000' })).toBeVisible(),
  },
  {
    name: 'mmifs',
    path: '/mmifs',
    shown: (page) => expect(page.getByRole('row', { name: /swt-detection v8.9/ }).first()).toBeVisible(),
  },
  {
    name: 'mmif',
    path: '/media/cpb-aacip-507-0000',
    shown: async (page) => {
      await page.getByRole('table').getByRole('link', { name: 'doctr-wrapper v1.4' }).click()
      await expect(page.getByRole('region', { name: /doctr-wrapper v1.4/ })).toBeVisible()
    },
  },
  {
    name: 'mmif-json',
    path: '/media/cpb-aacip-507-0000',
    shown: async (page) => {
      await page.getByRole('table').getByRole('link', { name: 'doctr-wrapper v1.4' }).click()
      await page.getByRole('tab', { name: 'JSON' }).click()
      await page.getByRole('searchbox', { name: 'Search keys and values' }).fill('slate')
      await expect(page.getByRole('treeitem', { selected: true })).toContainText('slate')
    },
  },
  {
    name: 'pipelines',
    path: '/pipelines',
    shown: (page) => expect(page.getByRole('row', { name: /Scenes and slate text/ })).toBeVisible(),
  },
  {
    name: 'pipeline',
    path: ({ pipeline }) => `/pipelines/${pipeline}`,
    shown: (page) => expect(page.getByRole('region', { name: 'Step 2: doctr-wrapper' })).toBeVisible(),
  },
  {
    name: 'pipeline-builder',
    path: ({ pipeline }) => `/pipelines/${pipeline}/edit`,
    shown: async (page) => {
      await page.getByRole('button', { name: 'Step 2: doctr-wrapper' }).click()
      await page.getByRole('radio', { name: /Custom retries/ }).check()
      await expect(page.getByText('The steps fit together.')).toBeVisible()
    },
  },
  {
    name: 'pipeline-import',
    path: '/pipelines/import',
    shown: async (page) => {
      const text = 'name: Slates\nsteps:\n  - app: http://apps.clams.ai/swt-detection/v7\n'
      await page.getByRole('textbox', { name: 'Pipeline text' }).fill(text)
      await expect(page.getByText('Can’t import yet: 1 problem.')).toBeVisible()
    },
  },
  {
    name: 'apps',
    path: '/apps',
    shown: (page) => expect(page.getByRole('row', { name: /whisper-wrapper.*3 of 3/ })).toBeVisible(),
  },
  {
    name: 'app',
    path: ({ app }) => `/apps/${app}`,
    shown: (page) => expect(page.getByRole('img', { name: /Last \d+ calls: median/ })).toBeVisible(),
  },
  {
    name: 'app-description',
    path: ({ app }) => `/apps/${app}?tab=parameters`,
    shown: (page) => expect(page.getByRole('heading', { name: 'About this app' })).toBeVisible(),
  },
  {
    name: 'activity',
    path: '/activity',
    shown: (page) => expect(page.getByText('started batch run NewsHour 1992')).toBeVisible(),
  },
  {
    name: 'playground',
    path: '/graphql',
    shown: (page) => expect(page.locator('.graphiql-query-editor')).toContainText('activeBatchRuns'),
  },
]

/** Other states of pages: tabs, dialogs, empty states and errors. */
export const STATES: Shown[] = [
  {
    name: 'metadata history of an app',
    path: ({ app }) => `/apps/${app}?tab=history`,
    shown: (page) => expect(page.getByRole('tabpanel')).toContainText('v8.9'),
  },
  {
    name: 'pipelines of an app',
    path: ({ app }) => `/apps/${app}?tab=pipelines`,
    shown: (page) => expect(page.getByRole('tabpanel').getByRole('link', { name: 'Scenes and slate text' })).toBeVisible(),
  },
  {
    name: 'usage of a pipeline',
    path: ({ pipeline }) => `/pipelines/${pipeline}?tab=uses`,
    shown: (page) => expect(page.getByRole('tabpanel').getByRole('link', { name: 'Boston TV News' }).first()).toBeVisible(),
  },
  {
    name: 'texts of a MMIF',
    path: '/media/cpb-aacip-507-0000',
    shown: async (page) => {
      await page.getByRole('table').getByRole('link', { name: 'doctr-wrapper v1.4' }).click()
      await page.getByRole('tab', { name: 'Texts' }).click()
      await expect(page.getByRole('tabpanel')).toBeVisible()
    },
  },
  {
    name: 'register app dialog',
    path: '/apps',
    shown: async (page) => {
      await page.getByRole('button', { name: 'Register app' }).first().click()
      await expect(page.getByRole('dialog', { name: 'Register app' })).toBeVisible()
    },
  },
  {
    name: 'import metadata dialog',
    path: '/apps',
    shown: async (page) => {
      await page.getByRole('button', { name: 'Import metadata' }).first().click()
      await page.getByLabel('Choose metadata files').setInputFiles([
        { name: 'bad.json', mimeType: 'application/json', buffer: Buffer.from('{') },
      ])
      await expect(page.getByRole('dialog')).toContainText('this is not JSON')
    },
  },
  {
    name: 'edit batch dialog',
    path: ({ batch }) => `/batches/${batch}`,
    shown: async (page) => {
      await page.getByRole('button', { name: 'More' }).click()
      await page.getByRole('menuitem', { name: /Edit/ }).click()
      await expect(page.getByRole('dialog', { name: 'Edit batch' })).toBeVisible()
    },
  },
  {
    name: 'refused deletion',
    path: ({ batch }) => `/batches/${batch}`,
    shown: async (page) => {
      await page.getByRole('button', { name: 'More' }).click()
      await page.getByRole('menuitem', { name: 'Delete …' }).click()
      await expect(page.getByRole('dialog', { name: 'Delete batch' })).toContainText('can\'t be deleted')
    },
  },
  {
    name: 'start several batches',
    path: '/batches',
    shown: async (page) => {
      for (const name of ['NewsHour 1992', 'Radio tapes, side B', 'Boston TV News']) {
        await page.getByRole('row').filter({ hasText: name }).getByRole('checkbox').check()
      }
      await page.getByRole('button', { name: 'Start', exact: true }).click()
      await expect(page.getByRole('region', { name: 'Pipelines' })).toContainText('whisper-wrapper v12')
      await expect(page.getByRole('dialog')).toContainText(/Starts 3 batches/)
    },
  },
  {
    name: 'list without matches',
    path: '/batches?text=nothing',
    shown: (page) => expect(page.getByRole('heading', { name: 'No batch matches' })).toBeVisible(),
  },
  {
    name: 'grid without matches',
    path: ({ ended }) => `/batch-runs/${ended}?view=grid&text=nothing`,
    shown: (page) => expect(page.getByRole('heading', { name: 'No file matches' })).toBeVisible(),
  },
  {
    name: 'unknown batch',
    path: '/batches/batch-999999',
    shown: (page) => expect(page.getByRole('heading', { name: 'There is no batch batch-999999' })).toBeVisible(),
  },
  {
    name: 'failed query',
    path: '/nowhere',
    shown: async (page) => {
      const errors = [{ message: 'Chowda’s database is away.', extensions: { code: 'INTERNAL' } }]
      await page.route('**/graphql', (route) => route.fulfill({ json: { data: null, errors } }))
      await page.getByRole('link', { name: 'Batches' }).click()
      await expect(page.getByRole('alert')).toContainText('Chowda’s database is away.')
    },
  },
]

function guids(name: string, number: number): string[] {
  return Array.from({ length: number }, (_, n) => `cpb-aacip-${name}-${String(n).padStart(4, '0')}`)
}

export async function stage(chowda: Chowda): Promise<Staged> {
  const scenes = await chowda.fakeApp('swt-detection', { version: 'v8.9', seconds: 0.05 })
  const text = await chowda.fakeApp('doctr-wrapper', { version: 'v1.4', seconds: 0.05 })
  const speech = await chowda.fakeApp('whisper-wrapper', { version: 'v12', seconds: 0.05 })
  const [scenesId, textId, speechId] = [
    await chowda.register(scenes.url, 6),
    await chowda.register(text.url, 6),
    await chowda.register(speech.url, 3),
  ]
  const slates = await chowda.pipeline('Scenes and slate text', [scenesId, textId])
  const transcripts = await chowda.pipeline('Transcripts', [speechId])
  const everything = await chowda.pipeline('Everything we have', [scenesId, textId, speechId])
  const news = guids('507', 24)
  const tapes = guids('114', 12)
  const hours = guids('290', 60)
  await chowda.media([...news, ...tapes, ...hours])
  const collection = await chowda.collection('Evening news', news)

  const bad = news.slice(3, 5).map((guid) => ({ kind: 'error_view', guid, message: 'the frame is corrupt' }))
  await text.control({ behave: bad })
  const batch = await chowda.batch('Boston TV News', slates, news)
  const ended = await chowda.start(batch)
  await chowda.waitForEnd(ended)
  await chowda.batch('Radio tapes, side B', transcripts, tapes)
  for (const app of [scenes, text, speech]) await app.control({ set: { seconds: 2 } })
  await speech.control({ set: { seconds: 600 } })
  const active = await chowda.start(await chowda.batch('NewsHour 1992', everything, hours))
  return { app: scenesId, pipeline: slates, batch, ended, active, collection }
}

export async function open(page: Page, { path, shown }: Shown, staged: Staged): Promise<void> {
  await page.goto(typeof path === 'string' ? path : path(staged))
  await shown(page)
}
