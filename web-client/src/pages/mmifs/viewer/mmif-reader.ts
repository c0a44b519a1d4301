import { useEffect, useState } from 'react'
import type { Method, WorkerMessage } from './worker-messages'
import type { MmifDocument, MmifSummary } from './mmif-document'

export type MmifState =
  | { step: 'reading'; bytes: number; size: number | null }
  | { step: 'ready'; summary: MmifSummary; size: number; reader: MmifReader }
  | { step: 'failed'; message: string }

/** Calls the worker that holds a MMIF. */
export class MmifReader {
  readonly #worker: Worker
  readonly #pending = new Map<number, (result: unknown) => void>()
  #nextCall = 0

  constructor(address: string, onState: (state: MmifState) => void) {
    this.#worker = new Worker(new URL('./mmif.worker.ts', import.meta.url), { type: 'module', name: address })
    this.#worker.onmessage = ({ data }: MessageEvent<WorkerMessage>) => {
      switch (data.kind) {
        case 'progress':
          onState({ step: 'reading', bytes: data.bytes, size: data.size })
          break
        case 'ready':
          onState({ step: 'ready', summary: data.summary, size: data.size, reader: this })
          break
        case 'failed':
          onState({ step: 'failed', message: data.message })
          break
        case 'result':
          this.#pending.get(data.call)?.(data.result)
          this.#pending.delete(data.call)
      }
    }
    this.#worker.onerror = () => onState({ step: 'failed', message: 'The browser could not read the MMIF. Download it instead.' })
  }

  call<M extends Method>(method: M, ...args: Parameters<MmifDocument[M]>): Promise<ReturnType<MmifDocument[M]>> {
    const call = this.#nextCall++
    return new Promise((resolve) => {
      this.#pending.set(call, (result) => resolve(result as ReturnType<MmifDocument[M]>))
      this.#worker.postMessage({ call, method, args })
    })
  }

  close(): void {
    this.#worker.terminate()
  }
}

/** Reads a MMIF in its own worker. Another `attempt` reads it again. */
export function useMmif(id: string, attempt: number): MmifState {
  const [state, setState] = useState<MmifState>({ step: 'reading', bytes: 0, size: null })
  useEffect(() => {
    const reader = new MmifReader(`/mmif/${encodeURIComponent(id)}`, setState)
    return () => {
      reader.close()
      setState({ step: 'reading', bytes: 0, size: null })
    }
  }, [id, attempt])
  return state
}
