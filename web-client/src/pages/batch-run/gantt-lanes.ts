/** Lays out calls over time: each worker gets one lane per concurrent call. */
export interface LaidCall {
  worker: string
  startedAt: number
  /** Null: it is running, or it was lost at an unknown time. */
  endedAt: number | null
  underWay: boolean
}

export interface Lane<Call> {
  worker: string
  calls: Call[]
}

/** Returns where the bar of a call ends: now for a running call, the start for a lost one. */
export function endOf(call: LaidCall, now: number): number {
  return call.endedAt ?? (call.underWay ? Math.max(now, call.startedAt) : call.startedAt)
}

/** Assigns each call to the first lane of its worker that is free when it starts. */
export function assignLanes<Call extends LaidCall>(calls: readonly Call[], now: number): Lane<Call>[] {
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

/** Returns about `count` round times between `from` and `to`. */
export function ticks(from: number, to: number, count: number): number[] {
  const target = (to - from) / 1000 / count
  const seconds = STEPS_S.find((step) => step >= target) ?? 86_400 * Math.ceil(target / 86_400)
  const zone = new Date(from).getTimezoneOffset() * 60_000
  const first = Math.ceil((from - zone) / (seconds * 1000)) * seconds * 1000 + zone
  const times: number[] = []
  for (let at = first; at <= to; at += seconds * 1000) times.push(at)
  return times
}
