import { expect, test } from 'vitest'
import { CELL_STATES } from './cell-state'
import { FilesStore } from './files-store'
import { ShownFiles, type FileFilter } from './shown-files'
import { layOut, type TileLayout } from './tile-layout'
import { paintTiles, type TileColours, type Tiles } from './tile-painter'
import { TilePicture } from './tile-picture'

const COLOURS: TileColours = {
  ground: 0xff,
  cells: Uint32Array.from(CELL_STATES, (_, position) => position + 1),
  runningRest: 0xee,
  failedMark: 0xdd,
}
const HEIGHT = 120
const STATUSES = ['WAITING', 'RUNNING', 'FINISHED', 'FAILED'] as const

/** Reproducible pseudo-random numbers below a limit. */
function seeded(seed: number): (limit: number) => number {
  let state = seed
  return (limit) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((state / 2_147_483_648) * limit)
  }
}

function update(store: FilesStore, files: number[], random: (limit: number) => number): void {
  store.take({
    cursor: 'c',
    asOf: '2026-01-01T12:00:00Z',
    stale: false,
    pipelineRuns: files.map((number) => {
      const status = STATUSES[random(STATUSES.length)] ?? 'WAITING'
      const error = status === 'FAILED' ? { code: 'APP_ERROR', message: 'failed' } : null
      return {
        id: `prun-${number}`,
        status,
        paused: false,
        endedAt: null,
        mediaFile: { guid: `g${number}` },
        steps: [
          { status: 'FINISHED' as const, percent: 100, attempts: 1, error: null },
          { status, percent: random(101), attempts: 1, error },
        ],
      }
    }),
  })
}

function paintAll(tiles: Tiles): Uint32Array {
  const pixels = new Uint32Array(tiles.layout.width * HEIGHT)
  paintTiles(pixels, tiles, { from: 0, to: HEIGHT })
  return pixels
}

/** A screen that copies only the rows that are reported as painted. */
function onScreen(layout: TileLayout) {
  const pixels = new Uint32Array(layout.width * HEIGHT)
  const screen = new Uint32Array(layout.width * HEIGHT)
  const picture = new TilePicture(pixels, layout.width)
  return {
    screen,
    show: (tiles: Tiles): number => {
      let rows = 0
      for (const { from, to } of picture.paint(tiles)) {
        screen.set(pixels.subarray(from * layout.width, to * layout.width), from * layout.width)
        rows += to - from
      }
      return rows
    },
  }
}

test.each<[string, FileFilter]>([
  ['all files', { statuses: [] }],
  ['filtered files', { statuses: ['FAILED', 'RUNNING'] }],
])('%s look the same as after a full paint, through changes, additions and scrolling', (_, filter) => {
  const random = seeded(7)
  for (const tile of [2, 8]) {
    const store = new FilesStore()
    const shown = new ShownFiles(store, filter)
    update(store, [0, 1, 2], random)
    const { screen, show } = onScreen(layOut(3, 2, tile, 100, 1))
    let top = 0
    for (let round = 0; round < 300; round += 1) {
      if (random(2) === 0) update(store, Array.from({ length: random(6) }, () => random(store.size + 1)).filter(firstOccurrence()), random)
      if (round % 20 === 0) update(store, Array.from({ length: 40 }, (_, number) => store.size + number), random)
      const layout = layOut(shown.count, 2, tile, 100, 1)
      const leap = round % 50 === 0 ? 400 : 0
      if (random(3) > 0) top = Math.max(0, Math.min(layout.height - HEIGHT, top + random(101) - 50 + leap))
      const tiles = { layout, shown, store, colours: COLOURS, margin: 6, top }
      show(tiles)
      const expected = paintAll(tiles)
      expect(screen.findIndex((pixel, position) => pixel !== expected[position])).toBe(-1)
    }
  }
})

/** A filter that accepts each number once. */
function firstOccurrence(): (number: number) => boolean {
  const known = new Set<number>()
  return (number) => !known.has(number) && Boolean(known.add(number))
}

test('a change paints only its band', () => {
  const random = seeded(3)
  const store = new FilesStore()
  update(store, [...Array(900).keys()], random)
  const layout = layOut(900, 2, 2, 100, 1)
  const tiles = { layout, shown: new ShownFiles(store, { statuses: [] }), store, colours: COLOURS, margin: 6, top: 0 }
  const { show } = onScreen(layout)
  expect(show(tiles)).toBe(HEIGHT)
  expect(show(tiles)).toBe(0)
  update(store, [layout.perBand * 3 + 1], random)
  expect(show(tiles)).toBe(layout.tile * 2 + layout.bandGap)
  expect(show({ ...tiles, colours: { ...COLOURS, ground: 1 } })).toBe(HEIGHT)
})
