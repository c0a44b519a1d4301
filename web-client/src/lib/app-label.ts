/** Shortens an app identifier to `swt-detection v8.9`. Returns an identifier of another form unchanged. */
export function appLabel(identifier: string): string {
  const parts = identifier.replace(/\/+$/, '').split('/')
  const version = parts.pop()
  const name = parts.pop()
  return name && version ? `${name} ${version}` : identifier
}
