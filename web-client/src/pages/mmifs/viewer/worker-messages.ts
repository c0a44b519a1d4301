/** What page and worker say to each other. */
import type { MmifDocument } from './mmif-document'

export type Method = keyof MmifDocument

export type Asked = { [M in Method]: { call: number; method: M; given: Parameters<MmifDocument[M]> } }[Method]

export type Told =
  | { kind: 'read'; bytes: number; size: number | null }
  | { kind: 'ready'; summary: ReturnType<MmifDocument['summary']>; size: number }
  | { kind: 'failed'; message: string }
  | { kind: 'answer'; call: number; answer: unknown }
