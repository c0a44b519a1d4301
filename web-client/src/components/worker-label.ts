/** `tapes-2, process 4711`, of the name that a worker gives itself: its machine, its process and something at random. */
export function workerLabel(worker: string): string {
  const [, machine, process] = /^(.+):(\d+):[0-9a-f]+$/.exec(worker) ?? []
  return machine !== undefined && process !== undefined ? `${machine}, process ${process}` : worker
}
