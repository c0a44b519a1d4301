/** Fetches, parses and queries a MMIF, so that the page stays responsive. The name of the worker is the address of the MMIF. */
import type { Method, WorkerCall, WorkerMessage } from './worker-messages'
import { MmifDocument } from './mmif-document'

let mmif: MmifDocument | undefined

function send(message: WorkerMessage): void {
  postMessage(message)
}

addEventListener('message', ({ data }: MessageEvent<WorkerCall>) => {
  if (!mmif) return
  const methods = mmif as unknown as Record<Method, (...args: unknown[]) => unknown>
  send({ kind: 'result', call: data.call, result: methods[data.method](...data.args) })
})

async function read(address: string): Promise<void> {
  const response = await fetch(address)
  if (!response.ok || !response.body) throw new Error(await errorMessage(response))
  const length = response.headers.get('content-length')
  const size = length === null ? null : Number(length)
  const decoder = new TextDecoder()
  const parts: string[] = []
  let bytes = 0
  for (const reader = response.body.getReader(); ; ) {
    const { done, value } = await reader.read()
    if (done) break
    bytes += value.byteLength
    parts.push(decoder.decode(value, { stream: true }))
    send({ kind: 'progress', bytes, size })
  }
  parts.push(decoder.decode())
  mmif = new MmifDocument(parts.join(''))
  send({ kind: 'ready', summary: mmif.summary(), size: bytes })
}

async function errorMessage(response: Response): Promise<string> {
  const body = (await response.json().catch(() => null)) as { error?: { message?: string } } | null
  return body?.error?.message ?? `Chowda answered with HTTP status ${response.status}.`
}

read(self.name).catch((error: unknown) => {
  const message = error instanceof RangeError ? 'The MMIF is too large for the browser. Download it instead.' : String(error)
  send({ kind: 'failed', message: message.replace(/^\w*Error: /, '') })
})
