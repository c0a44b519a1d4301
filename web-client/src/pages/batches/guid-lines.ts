const BETWEEN = /[\s,;\ufeff\u200b-\u200d\u2060]+/u
const AROUND = /^['"`()[\]{}<>]+|['"`()[\]{}<>]+$/g

/** The lines on which each of these stands in a text; they count from 1. */
export function linesOf(text: string, guids: readonly string[]): Map<string, number[]> {
  const lines = new Map<string, number[]>(guids.map((guid) => [guid, []]))
  text.split('\n').forEach((line, index) => {
    for (const word of line.split(BETWEEN)) {
      lines.get(word.replace(AROUND, ''))?.push(index + 1)
    }
  })
  return lines
}
