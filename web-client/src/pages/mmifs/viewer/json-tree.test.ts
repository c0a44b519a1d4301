import { describe, expect, it } from 'vitest'
import { JsonTree, type Path } from './json-tree'

const MMIF = {
  metadata: { mmif: 'http://mmif.clams.ai/1.1.0' },
  documents: [{ '@type': 'VideoDocument', properties: { id: 'd1' } }],
  views: [
    { id: 'v_0', annotations: [{ id: 'a' }, { id: 'b' }] },
    { id: 'v_1', annotations: [] },
  ],
}

function words(tree: JsonTree): string[] {
  return tree.rows(0, tree.length).map(({ path, key, text }) => `${path.join('.')} ${key ?? '-'} ${text}`.trim())
}

/** The rows as plain recursion would give them. */
function plain(value: object, open: (path: Path) => boolean, path: number[] = []): string[] {
  return Object.values(value).flatMap((child: unknown, place) => {
    const here = [...path, place]
    const inside = typeof child === 'object' && child !== null && open(here) ? plain(child, open, here) : []
    return [here.join('.'), ...inside]
  })
}

describe('JSON as rows', () => {
  it('shows what is inside of an open object, and the beginning of one that is folded', () => {
    const tree = new JsonTree(MMIF)
    tree.toggle([2], true)
    expect(words(tree)).toEqual([
      '0 metadata mmif: "http://mmif.clams.ai/1.1.0"',
      '1 documents',
      '2 views',
      '2.0 - id: "v_0", annotations: […]',
      '2.1 - id: "v_1", annotations: […]',
    ])
  })

  it('keeps open what is inside, though what is around it is folded and opened again by its path', () => {
    const tree = new JsonTree(MMIF)
    const row = tree.reveal([2, 0, 1, 1, 0])
    expect(tree.rows(row, row + 1)[0]).toMatchObject({ path: [2, 0, 1, 1, 0], key: 'id', text: '"b"' })
    const all = tree.length
    tree.toggle([2, 0], false)
    expect(tree.length).toBe(all - 5)
    expect(tree.reveal([2, 0, 1, 1, 0])).toBe(row)
  })

  it('finds each row by its number as plain recursion does, whatever is open', () => {
    const wide = Array.from({ length: 50 }, (_, outer) => ({
      outer,
      list: Array.from({ length: 7 }, (_, inner) => ({ inner, pair: [outer, inner] })),
    }))
    const open = (path: Path) => path.reduce((sum, place) => sum * 31 + place + 7, 1) % 3 !== 0
    const tree = new JsonTree(wide)
    const expected = plain(wide, open)
    for (const row of plain(wide, () => true)) {
      const path = row.split('.').map(Number)
      const reached = path.every((_, depth) => depth === 0 || open(path.slice(0, depth)))
      if (reached && open(path)) tree.toggle(path, true)
    }
    expect(tree.rows(0, tree.length).map(({ path }) => path.join('.'))).toEqual(expected)
    for (const number of [0, 1, 17, 200, expected.length - 1]) {
      expect(tree.rows(number, number + 1)[0]?.path.join('.')).toBe(expected[number])
      expect(tree.reveal((expected[number] ?? '').split('.').map(Number))).toBe(number)
    }
  })

  it('opens all that is inside, but no more than can be shown', () => {
    const tree = new JsonTree(MMIF)
    expect(tree.openWhole([2])).toBe(true)
    expect(words(tree)).toContain('2.0.1.0.0 id "a"')
    const large = new JsonTree({ views: Array.from({ length: 60_000 }, () => ({ id: 1 })) })
    expect(large.openWhole([0])).toBe(false)
    expect(large.length).toBe(1 + 60_000 + 50_000)
  })

  it('cuts a long text, and says so', () => {
    const [row] = new JsonTree({ text: 'a'.repeat(1000) }).rows(0, 1)
    expect(row).toMatchObject({ cut: true, text: `"${'a'.repeat(300)}"` })
  })
})
