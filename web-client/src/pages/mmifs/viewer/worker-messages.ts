/** Messages between the page and the worker. */
import type { MmifDocument } from './mmif-document'

export type Method = keyof MmifDocument

export type WorkerCall = { [M in Method]: { call: number; method: M; args: Parameters<MmifDocument[M]> } }[Method]

export type WorkerMessage =
  | { kind: 'progress'; bytes: number; size: number | null }
  | { kind: 'ready'; summary: ReturnType<MmifDocument['summary']>; size: number }
  | { kind: 'failed'; message: string }
  | { kind: 'result'; call: number; result: unknown }
