import { expect, test } from 'vitest'
import { CELL_STATES, type CellState } from './cell-state'
import { FilesStore } from './files-store'
import { ShownFiles } from './shown-files'
import { cornerOf, fittingTile, layOut, positionAt, TILE_SIZES } from './tile-layout'
import { paintTiles, type TileColours } from './tile-painter'

const GROUND = 0xff
const REST = 0xee
const MARK = 0xdd
const COLOURS: TileColours = {
  ground: GROUND,
  cells: Uint32Array.from(CELL_STATES, (_, position) => position + 1),
  runningRest: REST,
  failedMark: MARK,
}
const of = (state: CellState) => CELL_STATES.indexOf(state) + 1

function storeOf(files: number): FilesStore {
  const store = new FilesStore()
  store.take({
    cursor: 'c',
    asOf: '2026-01-01T12:00:00Z',
    stale: false,
    pipelineRuns: Array.from({ length: files }, (_, number) => ({
      id: `prun-${number}`,
      status: number === 1 ? 'FAILED' : 'RUNNING',
      paused: false,
      endedAt: null,
      mediaFile: { guid: `g${number}` },
      steps: [
        { status: 'FINISHED', percent: 100, attempts: 1, error: null },
        number === 1
          ? { status: 'FAILED', percent: 100, attempts: 1, error: { code: 'APP_ERROR', message: 'failed' } }
          : { status: 'RUNNING', percent: 50, attempts: 1, error: null },
      ],
    })),
  })
  return store
}

test('each file is painted as a column of steps with their progress', () => {
  const store = storeOf(3)
  const layout = layOut(3, 2, 8, 100, 1)
  const picture = new Uint32Array(layout.width * layout.height)
  const shown = new ShownFiles(store, { statuses: [] })
  paintTiles(picture, { layout, shown, store, colours: COLOURS, margin: 6, top: 0 }, { from: 0, to: layout.height })
  const at = (position: number, x: number, y: number) => {
    const corner = cornerOf(layout, position, 6)
    return picture[(corner.y + y) * layout.width + corner.x + x]
  }
  expect(at(0, 0, 0)).toBe(of('finished'))
  expect([at(0, 3, 8), at(0, 4, 8), at(0, 3, 15)]).toEqual([of('running'), REST, of('running')])
  expect([at(1, 0, 8), at(1, 3, 11)]).toEqual([of('failed'), MARK])
  expect([at(2, -1, 0), picture[0], at(2, 0, 16)]).toEqual([GROUND, GROUND, GROUND])
})

test('only the visible rows are painted', () => {
  const store = storeOf(400)
  const layout = layOut(400, 2, 8, 100, 1)
  const shown = new ShownFiles(store, { statuses: [] })
  const whole = new Uint32Array(layout.width * layout.height)
  const tiles = { layout, shown, store, colours: COLOURS, margin: 6, top: 0 }
  paintTiles(whole, tiles, { from: 0, to: layout.height })
  const part = new Uint32Array(layout.width * 50)
  paintTiles(part, { ...tiles, top: 133 }, { from: 10, to: 40 })
  expect(part.slice(10 * layout.width, 40 * layout.width)).toEqual(whole.slice(143 * layout.width, 173 * layout.width))
  expect([...part.slice(0, 10 * layout.width), ...part.slice(40 * layout.width)].every((pixel) => pixel === 0)).toBe(true)
})

test('a point on a tile finds its file, and a point outside finds none', () => {
  const layout = layOut(500, 3, 6, 300, 1)
  for (const position of [0, 7, 123, 499]) {
    const { x, y } = cornerOf(layout, position, 6)
    expect(positionAt(layout, 500, x + 2, y + 8, 6)).toBe(position)
  }
  expect(positionAt(layout, 500, 1, 1, 6)).toBeNull()
  expect(positionAt(layout, 500, 8, layout.height + 40, 6)).toBeNull()
})

test('the largest tile size that fits all files is chosen', () => {
  expect(fittingTile(20, 2, 1000, 500)).toBe(TILE_SIZES.at(-1))
  const tile = fittingTile(5_000, 2, 1000, 500)
  expect(layOut(5_000, 2, tile, 1000, 1).height).toBeLessThanOrEqual(500)
  const larger = TILE_SIZES.find((size) => size > tile) ?? 0
  expect(layOut(5_000, 2, larger, 1000, 1).height).toBeGreaterThan(500)
  expect(fittingTile(1_000_000, 3, 1000, 500)).toBe(TILE_SIZES[0])
})
