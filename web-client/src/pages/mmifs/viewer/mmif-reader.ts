import { useEffect, useState } from 'react'
import type { Method, Told } from './worker-messages'
import type { MmifDocument, MmifSummary } from './mmif-document'

export type MmifState =
  | { step: 'reading'; bytes: number; size: number | null }
  | { step: 'ready'; summary: MmifSummary; size: number; reader: MmifReader }
  | { step: 'failed'; message: string }

/** The page's end of the worker that holds a MMIF. */
export class MmifReader {
  readonly #worker: Worker
  readonly #waiting = new Map<number, (answer: unknown) => void>()
  #calls = 0

  constructor(address: string, onState: (state: MmifState) => void) {
    this.#worker = new Worker(new URL('./mmif.worker.ts', import.meta.url), { type: 'module', name: address })
    this.#worker.onmessage = ({ data }: MessageEvent<Told>) => {
      switch (data.kind) {
        case 'read':
          onState({ step: 'reading', bytes: data.bytes, size: data.size })
          break
        case 'ready':
          onState({ step: 'ready', summary: data.summary, size: data.size, reader: this })
          break
        case 'failed':
          onState({ step: 'failed', message: data.message })
          break
        case 'answer':
          this.#waiting.get(data.call)?.(data.answer)
          this.#waiting.delete(data.call)
      }
    }
    this.#worker.onerror = () => onState({ step: 'failed', message: 'The browser could not read it. Download it.' })
  }

  ask<M extends Method>(method: M, ...given: Parameters<MmifDocument[M]>): Promise<ReturnType<MmifDocument[M]>> {
    const call = this.#calls++
    return new Promise((resolve) => {
      this.#waiting.set(call, (answer) => resolve(answer as ReturnType<MmifDocument[M]>))
      this.#worker.postMessage({ call, method, given })
    })
  }

  close(): void {
    this.#worker.terminate()
  }
}

/** A MMIF, read by a worker of its own. `again`: another number reads it once more. */
export function useMmif(id: string, again: number): MmifState {
  const [state, setState] = useState<MmifState>({ step: 'reading', bytes: 0, size: null })
  useEffect(() => {
    const reader = new MmifReader(`/mmif/${encodeURIComponent(id)}`, setState)
    return () => {
      reader.close()
      setState({ step: 'reading', bytes: 0, size: null })
    }
  }, [id, again])
  return state
}
