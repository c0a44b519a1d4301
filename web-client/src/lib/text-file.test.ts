import { expect, it } from 'vitest'
import { readTextFile } from './text-file'

const TEXT = 'guid\nä-1\n'

function utf16(littleEndian: boolean): ArrayBuffer {
  const content = new DataView(new ArrayBuffer(2 + 2 * TEXT.length))
  content.setUint16(0, 0xfeff, littleEndian)
  for (let index = 0; index < TEXT.length; index++) {
    content.setUint16(2 + 2 * index, TEXT.charCodeAt(index), littleEndian)
  }
  return content.buffer
}

it.each([
  ['UTF-8', new TextEncoder().encode(TEXT).buffer],
  ['UTF-16, little-endian', utf16(true)],
  ['UTF-16, big-endian', utf16(false)],
])('reads %s', async (_, content) => {
  expect(await readTextFile(new File([content], 'guids.csv'))).toBe(TEXT)
})
