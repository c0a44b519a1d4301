/** A worker's name as `tapes-2, process 4711`. The full name has a random suffix. */
export function workerLabel(worker: string): string {
  const [, machine, process] = /^(.+):(\d+):[0-9a-f]+$/.exec(worker) ?? []
  return machine !== undefined && process !== undefined ? `${machine}, process ${process}` : worker
}
