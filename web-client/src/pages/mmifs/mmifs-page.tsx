export function MmifsPage() {
  return null
}
