export function NewBatchPage() {
  return null
}
