export function MmifPage() {
  return null
}
