/** Paints tiles pixel by pixel: the cost depends on the size of the picture, not on the number of files. */
import { CELL_STATES } from './cell-state'
import type { FilesStore } from './files-store'
import type { ShownFiles } from './shown-files'
import type { TileLayout } from './tile-layout'

export interface TileColours {
  ground: number
  /** By the index of the state in CELL_STATES. */
  cells: Uint32Array
  /** Remaining part of a running call. */
  runningRest: number
  /** Mark on failed tiles, for people with colour blindness. */
  failedMark: number
}

export interface Tiles {
  layout: TileLayout
  shown: ShownFiles
  store: FilesStore
  colours: TileColours
  /** Around all bands. */
  margin: number
  /** Scroll offset. */
  top: number
}

/** Rows of a picture from `from` up to, but not including, `to`. */
export interface Rows {
  from: number
  to: number
}

const RUNNING = CELL_STATES.indexOf('running')
const FAILED = CELL_STATES.indexOf('failed')
const MIN_MARKED_TILE = 6

export function bandHeightOf({ tile, steps, bandGap }: TileLayout): number {
  return tile * steps + bandGap
}

/** Paints only the given rows. The picture is as wide as the layout. */
export function paintTiles(picture: Uint32Array, tiles: Tiles, rows: Rows): void {
  const { layout, shown, store, colours, margin, top } = tiles
  const { width, perBand } = layout
  picture.fill(colours.ground, rows.from * width, rows.to * width)
  const bandHeight = bandHeightOf(layout)
  const count = Math.min(shown.count, store.size)
  const first = Math.max(0, Math.floor((top + rows.from - margin) / bandHeight))
  const last = Math.min(Math.ceil(count / perBand) - 1, Math.floor((top + rows.to - 1 - margin) / bandHeight))
  for (let band = first; band <= last; band += 1) {
    const position = band * perBand
    paintBand(picture, tiles, rows, { position, files: Math.min(perBand, count - position), y: margin + band * bandHeight - top })
  }
}

interface Band {
  /** Position of its first file. */
  position: number
  files: number
  /** Upper edge in the picture. */
  y: number
}

function paintBand(picture: Uint32Array, tiles: Tiles, rows: Rows, band: Band): void {
  const { layout, shown, store, colours, margin } = tiles
  const { tile, gap, steps, width } = layout
  const { cells, percents } = store
  const order = shown.files
  for (let step = 0; step < steps; step += 1) {
    const from = Math.max(rows.from, band.y + step * tile)
    const to = Math.min(rows.to, band.y + (step + 1) * tile)
    if (from >= to) continue
    const line = from * width
    let pixel = line + margin
    for (let column = 0; column < band.files; column += 1) {
      const position = band.position + column
      const cell = (order ? (order[position] ?? 0) : position) * steps + step
      const state = cells[cell] ?? 0
      const colour = colours.cells[state] ?? colours.ground
      const end = pixel + tile
      const done = state === RUNNING ? pixel + Math.round((tile * (percents[cell] ?? 0)) / 100) : end
      for (; pixel < done; pixel += 1) picture[pixel] = colour
      for (; pixel < end; pixel += 1) picture[pixel] = colours.runningRest
      pixel += gap
    }
    for (let row = from + 1; row < to; row += 1) picture.copyWithin(row * width, line, line + width)
    if (tile >= MIN_MARKED_TILE) markFailed(picture, tiles, rows, band, step)
  }
}

function markFailed(picture: Uint32Array, tiles: Tiles, rows: Rows, band: Band, step: number): void {
  const { layout, shown, store, colours, margin } = tiles
  const { tile, gap, steps, width } = layout
  const size = Math.max(2, Math.round(tile / 3))
  const inset = Math.floor((tile - size) / 2)
  const y = band.y + step * tile + inset
  for (let column = 0; column < band.files; column += 1) {
    if (store.cells[shown.file(band.position + column) * steps + step] !== FAILED) continue
    const x = margin + column * (tile + gap) + inset
    for (let row = Math.max(rows.from, y); row < Math.min(rows.to, y + size); row += 1) {
      picture.fill(colours.failedMark, row * width + x, row * width + x + size)
    }
  }
}
