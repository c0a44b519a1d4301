/** `swt-detection v8.9`, of an app's identifier; the identifier itself where it has another form. */
export function appLabel(identifier: string): string {
  const parts = identifier.replace(/\/+$/, '').split('/')
  const version = parts.pop()
  const name = parts.pop()
  return name && version ? `${name} ${version}` : identifier
}
