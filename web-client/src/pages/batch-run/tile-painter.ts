/**
 * Paints the tiles that are in sight, pixel by pixel, into a picture that is put on the canvas as a whole: what it costs
 * depends on the size of the picture and not on how many files it shows.
 */
import { CELL_STATES } from './cell-state'
import type { FilesStore } from './files-store'
import type { ShownFiles } from './shown-files'
import type { TileLayout } from './tile-layout'

export interface TileColours {
  ground: number
  /** By the place of the state in CELL_STATES. */
  cells: Uint32Array
  /** What a running call has still before it. */
  runningRest: number
  /** On what failed: a mark for those who don't tell red from green. */
  failedMark: number
}

const RUNNING = CELL_STATES.indexOf('running')
const FAILED = CELL_STATES.indexOf('failed')
const LEAST_MARKED = 6

/** `picture`: layout.width pixels wide. `top`: how far it is scrolled. */
export function paintTiles(
  picture: Uint32Array,
  layout: TileLayout,
  shown: ShownFiles,
  store: FilesStore,
  colours: TileColours,
  top: number,
  margin: number,
): void {
  const { tile, gap, steps, perBand, width } = layout
  const height = Math.floor(picture.length / width)
  const bandHeight = tile * steps + layout.bandGap
  const count = Math.min(shown.count, store.size)
  const order = shown.files
  const { cells, percents } = store
  picture.fill(colours.ground)
  const first = Math.max(0, Math.floor((top - margin) / bandHeight))
  const last = Math.min(layout.bands - 1, Math.floor((top + height - margin) / bandHeight))
  for (let band = first; band <= last; band += 1) {
    const place = band * perBand
    const files = Math.min(perBand, count - place)
    for (let step = 0; step < steps; step += 1) {
      const from = Math.max(0, margin + band * bandHeight + step * tile - top)
      const to = Math.min(height, margin + band * bandHeight + (step + 1) * tile - top)
      if (from >= to) continue
      const line = from * width
      let pixel = line + margin
      for (let column = 0; column < files; column += 1) {
        const cell = (order ? (order[place + column] ?? 0) : place + column) * steps + step
        const state = cells[cell] ?? 0
        const colour = colours.cells[state] ?? colours.ground
        const end = pixel + tile
        const done = state === RUNNING ? pixel + Math.round((tile * (percents[cell] ?? 0)) / 100) : end
        for (; pixel < done; pixel += 1) picture[pixel] = colour
        for (; pixel < end; pixel += 1) picture[pixel] = colours.runningRest
        pixel += gap
      }
      for (let row = from + 1; row < to; row += 1) picture.copyWithin(row * width, line, line + width)
      if (tile >= LEAST_MARKED) markFailed(picture, layout, shown, store, colours, { place, files, step, margin }, top)
    }
  }
}

interface Row {
  place: number
  files: number
  step: number
  margin: number
}

function markFailed(
  picture: Uint32Array,
  { tile, gap, steps, bandGap, perBand, width }: TileLayout,
  shown: ShownFiles,
  store: FilesStore,
  colours: TileColours,
  { place, files, step, margin }: Row,
  top: number,
): void {
  const height = Math.floor(picture.length / width)
  const size = Math.max(2, Math.round(tile / 3))
  const inset = Math.floor((tile - size) / 2)
  const y = margin + Math.floor(place / perBand) * (tile * steps + bandGap) + step * tile + inset - top
  for (let column = 0; column < files; column += 1) {
    if (store.cells[shown.file(place + column) * steps + step] !== FAILED) continue
    const x = margin + column * (tile + gap) + inset
    for (let row = Math.max(0, y); row < Math.min(height, y + size); row += 1) {
      picture.fill(colours.failedMark, row * width + x, row * width + x + size)
    }
  }
}
