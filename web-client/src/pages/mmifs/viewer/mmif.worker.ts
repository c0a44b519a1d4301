/** Fetches a MMIF, reads it and answers for it, so that the page itself never does. Its name is the address. */
import type { Asked, Method, Told } from './worker-messages'
import { MmifDocument } from './mmif-document'

let known: MmifDocument | undefined

function tell(told: Told): void {
  postMessage(told)
}

addEventListener('message', ({ data }: MessageEvent<Asked>) => {
  if (!known) return
  const methods = known as unknown as Record<Method, (...given: unknown[]) => unknown>
  tell({ kind: 'answer', call: data.call, answer: methods[data.method](...data.given) })
})

async function read(address: string): Promise<void> {
  const response = await fetch(address)
  if (!response.ok || !response.body) throw new Error(await refusalIn(response))
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
    tell({ kind: 'read', bytes, size })
  }
  parts.push(decoder.decode())
  known = new MmifDocument(parts.join(''))
  tell({ kind: 'ready', summary: known.summary(), size: bytes })
}

async function refusalIn(response: Response): Promise<string> {
  const body = (await response.json().catch(() => null)) as { error?: { message?: string } } | null
  return body?.error?.message ?? `Chowda answered ${response.status}.`
}

read(self.name).catch((error: unknown) => {
  const message = error instanceof RangeError ? 'It is too large to be shown in a browser. Download it.' : String(error)
  tell({ kind: 'failed', message: message.replace(/^\w*Error: /, '') })
})
