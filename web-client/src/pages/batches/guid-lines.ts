const SEPARATORS = /[\s,;\ufeff\u200b-\u200d\u2060]+/u
const QUOTES = /^['"`()[\]{}<>]+|['"`()[\]{}<>]+$/g

/** Returns the line numbers of each GUID in a text, starting at 1. */
export function findLines(text: string, guids: readonly string[]): Map<string, number[]> {
  const lines = new Map<string, number[]>(guids.map((guid) => [guid, []]))
  text.split('\n').forEach((line, index) => {
    for (const word of line.split(SEPARATORS)) {
      lines.get(word.replace(QUOTES, ''))?.push(index + 1)
    }
  })
  return lines
}
