/** A real Chowda with real and fake CLAMS apps, shared by the tests of a worker. */
import { expect, test as base, type Page } from '@playwright/test'
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { CHROMIUM, INSTALL_HINT, REQUIRED } from './browser'

const ROOT = resolve(import.meta.dirname, '../..')
const PYTHON = join(ROOT, '.venv/bin/python')
export const EXAMPLES_PYTHON = join(ROOT, 'examples/.venv/bin/python')
const START_MS = 90_000

export type Row = Record<string, unknown>

export interface FakeApp {
  url: string
  /** Changes the behavior of the app, see tests/fake_clams. */
  control: (order: Row) => Promise<void>
}

export class Chowda {
  readonly url: string
  readonly #children: ChildProcess[] = []
  readonly #directory: string
  #supervisor: ChildProcess | undefined

  private constructor(port: number, directory: string) {
    this.url = `http://127.0.0.1:${port}`
    this.#directory = directory
  }

  static async start(): Promise<Chowda> {
    // As root, Postgres runs under another account, which must be able to read the directory.
    const directory = mkdtempSync(join(process.getuid?.() === 0 ? '/var/tmp' : tmpdir(), 'chowda-e2e-'))
    chmodSync(directory, 0o711)
    const chowda = new Chowda(await freePort(), directory)
    await chowda.up()
    return chowda
  }

  async up(): Promise<void> {
    const { port } = new URL(this.url)
    const child = spawn(PYTHON, ['-m', 'chowda', 'up', '--port', port, '--data-dir', this.#directory], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#supervisor = child
    await lineOf(child, (line) => line.includes('Chowda is ready at'))
  }

  async down(): Promise<void> {
    if (this.#supervisor) await terminate(this.#supervisor)
    this.#supervisor = undefined
  }

  async stop(): Promise<void> {
    await Promise.all(this.#children.map(terminate))
    await this.down()
    rmSync(this.#directory, { recursive: true, force: true })
  }

  /** Stops the database from answering until thawDatabase(). */
  freezeDatabase(): void {
    this.#signalDatabase('SIGSTOP')
  }

  thawDatabase(): void {
    this.#signalDatabase('SIGCONT')
  }

  #signalDatabase(signal: NodeJS.Signals): void {
    const [first = ''] = readFileSync(join(this.#directory, 'postgres/cluster/postmaster.pid'), 'utf8').split('\n')
    process.kill(Number(first), signal) // first the parent, so that it starts no new children
    const children = execFileSync('pgrep', ['-P', first], { encoding: 'utf8' }).trim().split('\n')
    for (const child of children) process.kill(Number(child), signal)
  }

  async query<Data = Row>(query: string, variables: Row = {}): Promise<Data> {
    const response = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    })
    const { data, errors } = (await response.json()) as { data: Data; errors?: { message: string }[] }
    if (errors) throw new Error(errors.map(({ message }) => message).join('\n'))
    return data
  }

  async fakeApp(name: string, options: Row = {}): Promise<FakeApp> {
    const flags = Object.entries(options).flatMap(([flag, value]) => [`--${flag}`, String(value)])
    const child = spawn(PYTHON, ['-m', 'tests.fake_clams', '--name', name, ...flags], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#children.push(child)
    const url = (await lineOf(child, (line) => line.startsWith('http'))).trim()
    const control = async (order: Row) => {
      await fetch(`${url}/control`, { method: 'POST', body: JSON.stringify(order) })
    }
    return { url, control }
  }

  async exampleApp(name: string): Promise<string> {
    const port = await freePort()
    const child = spawn(EXAMPLES_PYTHON, ['app.py', '--port', String(port)], {
      cwd: join(ROOT, 'examples/apps', name),
      stdio: 'ignore',
    })
    this.#children.push(child)
    const url = `http://127.0.0.1:${port}`
    await expect.poll(() => fetch(url).then((r) => r.ok, () => false), { timeout: START_MS }).toBe(true)
    return url
  }

  /** Returns the app's ID. */
  async register(endpoint: string, maxConcurrency = 4): Promise<string> {
    const { registerApp } = await this.query<{ registerApp: { id: string } }>(
      'mutation ($input: RegisterAppInput!) { registerApp(input: $input) { id } }',
      { input: { endpoint, maxConcurrency } },
    )
    return registerApp.id
  }

  /** Adds media files with one video each. */
  async media(guids: string[]): Promise<void> {
    const input = guids.map((guid) => ({
      guid,
      documents: [{ type: 'VIDEO', location: `file:///data/${guid}.mp4`, durationSeconds: 1800 }],
    }))
    await this.query('mutation ($input: [MediaFileInput!]!) { addMediaFiles(input: $input) { guid } }', { input })
  }

  async pipeline(name: string, apps: string[]): Promise<string> {
    const { createPipeline } = await this.query<{ createPipeline: { id: string } }>(
      'mutation ($input: CreatePipelineInput!) { createPipeline(input: $input) { id } }',
      { input: { name, steps: apps.map((appId) => ({ appId })) } },
    )
    return createPipeline.id
  }

  async batch(name: string, pipelineId: string, guids: string[]): Promise<string> {
    const { createBatch } = await this.query<{ createBatch: { id: string } }>(
      'mutation ($input: CreateBatchInput!) { createBatch(input: $input) { id } }',
      { input: { name, pipelineId, guids } },
    )
    return createBatch.id
  }

  /** Cancels all active batch runs. */
  async cancelAll(): Promise<void> {
    await this.query('mutation { cancelBatchRuns(filter: { status: [WAITING, RUNNING, PAUSED] }) { message } }')
  }

  async collection(name: string, guids: string[]): Promise<string> {
    const { createCollection } = await this.query<{ createCollection: { id: string } }>(
      'mutation ($input: CreateCollectionInput!) { createCollection(input: $input) { id } }',
      { input: { name, guids } },
    )
    return createCollection.id
  }

  /** Waits until a batch run has ended. */
  async waitForEnd(id: string): Promise<void> {
    const endTime = async () => {
      const { batchRun } = await this.query<{ batchRun: { endedAt: string | null } }>(
        'query ($id: ID!) { batchRun(id: $id) { endedAt } }',
        { id },
      )
      return batchRun.endedAt
    }
    await expect.poll(endTime, { timeout: START_MS }).not.toBeNull()
  }

  async start(batchId: string): Promise<string> {
    const { startBatch } = await this.query<{ startBatch: { id: string } }>(
      'mutation ($input: StartBatchInput!) { startBatch(input: $input) { id } }',
      { input: { batchId } },
    )
    return startBatch.id
  }
}

/** Uploads a file with these lines. */
export async function uploadFile(page: Page, name: string, lines: string[]): Promise<void> {
  const [chooser] = await Promise.all([
    page.waitForEvent('filechooser'),
    page.getByRole('button', { name: 'Choose a file' }).click(),
  ])
  await chooser.setFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(lines.join('\n')) })
}

export function hasExamples(): boolean {
  return existsSync(EXAMPLES_PYTHON)
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  await new Promise((closed) => server.close(closed))
  if (address === null || typeof address === 'string') throw new Error('No free port on this machine.')
  return address.port
}

function lineOf(child: ChildProcess, wanted: (line: string) => boolean): Promise<string> {
  const output: string[] = []
  return new Promise((found, failed) => {
    const timer = setTimeout(() => failed(new Error(`The process did not start. Its output:\n${output.join('\n')}`)), START_MS)
    const onLine = (line: string) => {
      output.push(line)
      if (!wanted(line)) return
      clearTimeout(timer)
      found(line)
    }
    if (child.stdout) createInterface(child.stdout).on('line', onLine)
    if (child.stderr) createInterface(child.stderr).on('line', onLine)
    child.on('exit', () => failed(new Error(`The process exited. Its output:\n${output.join('\n')}`)))
  })
}

async function terminate(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const exit = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  await exit
}

/** Console errors of a lost connection. Some tests cut it on purpose. */
const CONNECTION_ERRORS = /ERR_CONNECTION_|ERR_EMPTY_RESPONSE|ERR_INCOMPLETE_CHUNKED_ENCODING|WebSocket connection to/

export const test = base.extend<{ installed: undefined; quiet: undefined }, { chowda: Chowda }>({
  /** Skips the test if there is no browser. It comes first, before Playwright launches one. */
  installed: [
    async ({}, use, testInfo) => {
      if (CHROMIUM === undefined && REQUIRED) throw new Error(INSTALL_HINT)
      testInfo.skip(CHROMIUM === undefined, INSTALL_HINT)
      await use(undefined)
    },
    { auto: true },
  ],
  chowda: [
    async ({}, use) => {
      const chowda = await Chowda.start()
      await use(chowda)
      await chowda.stop()
    },
    { scope: 'worker', timeout: START_MS },
  ],
  baseURL: async ({ chowda }, use) => use(chowda.url),
  /** Fails the test on console errors, and on requests to another host. */
  quiet: [
    async ({ page, baseURL }, use) => {
      const complaints: string[] = []
      await page.route(
        (url) => url.origin !== baseURL,
        (route) => {
          complaints.push(`request to ${route.request().url()}`)
          return route.abort()
        },
      )
      page.on('pageerror', (error) => complaints.push(error.message))
      page.on('console', (message) => {
        if (message.type() === 'error' && !CONNECTION_ERRORS.test(message.text())) complaints.push(message.text())
      })
      await use(undefined)
      expect(complaints).toEqual([])
    },
    { auto: true },
  ],
})

export { expect } from '@playwright/test'
