export function MediaFilePage() {
  return null
}
