/** Reads a text file: UTF-16 if it starts with a byte order mark, as spreadsheets write it, or else UTF-8. */
export async function readTextFile(file: File): Promise<string> {
  const content = await file.arrayBuffer()
  const [first, second] = new Uint8Array(content, 0, Math.min(2, content.byteLength))
  const encoding =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8'
  return new TextDecoder(encoding).decode(content)
}
