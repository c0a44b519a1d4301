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

function rowTexts(tree: JsonTree): string[] {
  return tree.rows(0, tree.length).map(({ path, key, text }) => `${path.join('.')} ${key ?? '-'} ${text}`.trim())
}

/** The expected rows, from a plain recursion. */
function expectedRows(value: object, isExpanded: (path: Path) => boolean, path: number[] = []): string[] {
  return Object.values(value).flatMap((child: unknown, index) => {
    const childPath = [...path, index]
    const nested = typeof child === 'object' && child !== null && isExpanded(childPath) ? expectedRows(child, isExpanded, childPath) : []
    return [childPath.join('.'), ...nested]
  })
}

describe('JSON as rows', () => {
  it('shows the entries of an expanded object and a preview of a collapsed one', () => {
    const tree = new JsonTree(MMIF)
    tree.toggle([2], true)
    expect(rowTexts(tree)).toEqual([
      '0 metadata mmif: "http://mmif.clams.ai/1.1.0"',
      '1 documents',
      '2 views',
      '2.0 - id: "v_0", annotations: […]',
      '2.1 - id: "v_1", annotations: […]',
    ])
  })

  it('restores expanded entries when a collapsed parent is revealed', () => {
    const tree = new JsonTree(MMIF)
    const row = tree.reveal([2, 0, 1, 1, 0])
    expect(tree.rows(row, row + 1)[0]).toMatchObject({ path: [2, 0, 1, 1, 0], key: 'id', text: '"b"' })
    const all = tree.length
    tree.toggle([2, 0], false)
    expect(tree.length).toBe(all - 5)
    expect(tree.reveal([2, 0, 1, 1, 0])).toBe(row)
  })

  it('finds each row by its number, for any expanded entries', () => {
    const wide = Array.from({ length: 50 }, (_, outer) => ({
      outer,
      list: Array.from({ length: 7 }, (_, inner) => ({ inner, pair: [outer, inner] })),
    }))
    const isExpanded = (path: Path) => path.reduce((sum, index) => sum * 31 + index + 7, 1) % 3 !== 0
    const tree = new JsonTree(wide)
    const expected = expectedRows(wide, isExpanded)
    for (const row of expectedRows(wide, () => true)) {
      const path = row.split('.').map(Number)
      const reached = path.every((_, depth) => depth === 0 || isExpanded(path.slice(0, depth)))
      if (reached && isExpanded(path)) tree.toggle(path, true)
    }
    expect(tree.rows(0, tree.length).map(({ path }) => path.join('.'))).toEqual(expected)
    for (const number of [0, 1, 17, 200, expected.length - 1]) {
      expect(tree.rows(number, number + 1)[0]?.path.join('.')).toBe(expected[number])
      expect(tree.reveal((expected[number] ?? '').split('.').map(Number))).toBe(number)
    }
  })

  it('expands all entries up to the limit', () => {
    const tree = new JsonTree(MMIF)
    expect(tree.expandAll([2])).toBe(true)
    expect(rowTexts(tree)).toContain('2.0.1.0.0 id "a"')
    const large = new JsonTree({ views: Array.from({ length: 60_000 }, () => ({ id: 1 })) })
    expect(large.expandAll([0])).toBe(false)
    expect(large.length).toBe(1 + 60_000 + 50_000)
  })

  it('cuts a long text and marks it as cut', () => {
    const [row] = new JsonTree({ text: 'a'.repeat(1000) }).rows(0, 1)
    expect(row).toMatchObject({ cut: true, text: `"${'a'.repeat(300)}"` })
  })
})
