/** Calls laid out in time: a lane for each that a worker held at once, the workers below one another. */
export interface LaidCall {
  worker: string
  startedAt: number
  /** Null: it is under way, or nobody knows when it was lost. */
  endedAt: number | null
  underWay: boolean
}

export interface Lane<Call> {
  worker: string
  calls: Call[]
}

/** When it ended, as far as is known: what is under way lasts until now, what was lost is but a moment. */
export function endOf(call: LaidCall, now: number): number {
  return call.endedAt ?? (call.underWay ? Math.max(now, call.startedAt) : call.startedAt)
}

/** Each call in the first lane of its worker that is free when it begins. */
export function intoLanes<Call extends LaidCall>(calls: readonly Call[], now: number): Lane<Call>[] {
  const byWorker = new Map<string, { lane: Lane<Call>; until: number }[]>()
  const inOrder = [...calls].sort((one, other) => one.startedAt - other.startedAt)
  for (const call of inOrder) {
    const lanes = byWorker.get(call.worker) ?? []
    byWorker.set(call.worker, lanes)
    const free = lanes.find(({ until }) => until <= call.startedAt)
    const until = call.underWay ? Infinity : endOf(call, now)
    if (free) {
      free.lane.calls.push(call)
      free.until = until
    } else {
      lanes.push({ lane: { worker: call.worker, calls: [call] }, until })
    }
  }
  return [...byWorker]
    .sort(([one], [other]) => one.localeCompare(other))
    .flatMap(([, lanes]) => lanes.map(({ lane }) => lane))
}

const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400]

/** Round moments between two, about so many. */
export function ticks(from: number, to: number, about: number): number[] {
  const wanted = (to - from) / 1000 / about
  const seconds = STEPS_S.find((step) => step >= wanted) ?? 86_400 * Math.ceil(wanted / 86_400)
  const zone = new Date(from).getTimezoneOffset() * 60_000
  const first = Math.ceil((from - zone) / (seconds * 1000)) * seconds * 1000 + zone
  const found: number[] = []
  for (let at = first; at <= to; at += seconds * 1000) found.push(at)
  return found
}
