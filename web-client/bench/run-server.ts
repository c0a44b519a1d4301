/** A server for the built client, with an invented batch run whose files change all the time. */
import { createReadStream, existsSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { extname, join } from 'node:path'
import { WebSocketServer, type WebSocket } from 'ws'

const WEB = join(import.meta.dirname, '../../chowda/web')
const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
}
const PAGE = 500
const EVENT_MS = 150 // the interval at which the real server sends events

interface Operation {
  id?: string
  type: string
  payload?: { query: string }
}

export class RunServer {
  readonly files: number
  readonly #server: Server
  readonly #startedAt = Date.now() - 3_600_000
  readonly #sockets = new WebSocketServer({ noServer: true })
  #changesPerSecond = 0
  #next = 0

  constructor(files: number) {
    this.files = files
    this.#server = createServer((request, response) => {
      const path = new URL(request.url ?? '/', 'http://bench').pathname
      if (request.method === 'POST') {
        response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ data: { batchRun: this.#run() } }))
        return
      }
      const found = join(WEB, path)
      const file = extname(path) && existsSync(found) ? found : join(WEB, 'index.html')
      response.setHeader('Content-Type', TYPES[extname(file)] ?? 'application/octet-stream')
      createReadStream(file).pipe(response)
    })
    this.#server.on('upgrade', (request, socket, head) => {
      this.#sockets.handleUpgrade(request, socket, head, (client) => this.#serve(client))
    })
  }

  async listen(): Promise<string> {
    await new Promise<void>((listening) => this.#server.listen(0, '127.0.0.1', listening))
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('No free port.')
    return `http://127.0.0.1:${address.port}`
  }

  change(perSecond: number): void {
    this.#changesPerSecond = perSecond
  }

  close(): void {
    for (const client of this.#sockets.clients) client.terminate()
    this.#server.close()
  }

  #serve(client: WebSocket): void {
    const timers: NodeJS.Timeout[] = []
    const send = (message: unknown) => client.send(JSON.stringify(message))
    client.on('close', () => timers.forEach(clearInterval))
    client.on('message', (message) => {
      const { id, type, payload } = JSON.parse((message as Buffer).toString()) as Operation
      if (type === 'connection_init') send({ type: 'connection_ack' })
      if (type === 'ping') send({ type: 'pong' })
      if (type !== 'subscribe' || !payload) return
      const next = (data: object) => send({ id, type: 'next', payload: { data } })
      const repeat = (action: () => void) => timers.push(setInterval(action, EVENT_MS))
      if (payload.query.includes('activeBatchRuns')) {
        const sendRun = () => next({ activeBatchRuns: [this.#run()] })
        sendRun()
        repeat(sendRun)
      } else {
        void this.#sendAll(client, next).then(() => repeat(() => this.#sendChanges(next)))
      }
    })
  }

  async #sendAll(client: WebSocket, next: (data: object) => void): Promise<void> {
    for (let first = 0; first < this.files; first += PAGE) {
      next(this.#page(Array.from({ length: Math.min(PAGE, this.files - first) }, (_, n) => first + n)))
      while (client.bufferedAmount > 1_000_000) await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }

  /** Changes files all over the run, so that any visible part changes. */
  #sendChanges(next: (data: object) => void): void {
    const count = Math.round((this.#changesPerSecond * EVENT_MS) / 1000)
    if (count === 0) return
    next(this.#page(Array.from({ length: count }, () => (this.#next = (this.#next + 7919) % this.files))))
  }

  #page(files: number[]) {
    const asOf = new Date().toISOString()
    return {
      pipelineRuns: { cursor: String(this.#next), asOf, stale: false, pipelineRuns: files.map((file) => this.#file(file)) },
    }
  }

  #file(file: number) {
    const state = Math.floor(Math.random() * 20)
    const ended = state < 12
    const failed = state === 0
    const step = (status: string, percent: number) => ({ status, percent, attempts: percent > 0 ? 1 : 0, error: null })
    const failure = { code: 'APP_ERROR', message: 'CUDA out of memory: tried to allocate 2.00 GiB' }
    return {
      id: `prun-${file.toString(36)}`,
      status: failed ? 'FAILED' : ended ? 'FINISHED' : state < 15 ? 'RUNNING' : 'WAITING',
      paused: false,
      endedAt: ended ? new Date(this.#startedAt + Math.random() * 3_600_000).toISOString() : null,
      mediaFile: { guid: `cpb-aacip-${String(file % 1000).padStart(3, '0')}-${file.toString(36).padStart(9, '0')}` },
      steps: [
        step(state < 15 ? 'FINISHED' : 'WAITING', state < 15 ? 100 : 0),
        failed
          ? { status: 'FAILED', percent: 100, attempts: 3, error: failure }
          : step(ended ? 'FINISHED' : state < 15 ? 'RUNNING' : 'WAITING', ended ? 100 : state < 15 ? 41 : 0),
      ],
    }
  }

  #run() {
    const total = this.files
    const part = Math.floor(total / 20)
    const counts = { total, waiting: 5 * part, running: 3 * part, finished: total - 9 * part, failed: part, canceled: 0 }
    return {
      id: 'brun-1',
      status: 'RUNNING',
      percent: 60 + Math.random(),
      priority: 0,
      stale: false,
      asOf: new Date().toISOString(),
      createdAt: new Date(this.#startedAt).toISOString(),
      startedAt: new Date(this.#startedAt).toISOString(),
      endedAt: null,
      counts,
      batch: { id: 'batch-1', name: 'All of the archive' },
      pipeline: { id: 'pipe-1', name: 'slates and speech', version: 3 },
      warnings: [],
      steps: [1, 2].map((position) => ({
        position,
        percent: 90 - 25 * position + Math.random(),
        counts,
        app: { id: `app-${position}`, name: position === 1 ? 'swt-detection' : 'whisper-wrapper' },
        waitingFor: null,
      })),
    }
  }
}
