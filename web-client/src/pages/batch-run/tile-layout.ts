/**
 * Where each file is drawn: a column of one tile for each step, file beside file, and bands of them below one another.
 * All numbers are pixels of the screen itself, so that tiles stay sharp.
 */
export interface TileLayout {
  tile: number
  /** Between files. */
  gap: number
  /** Between bands. */
  bandGap: number
  steps: number
  perBand: number
  bands: number
  width: number
  /** Of all bands together. */
  height: number
}

/** From small to large, in CSS pixels. */
export const TILE_SIZES = [2, 3, 4, 6, 8, 10, 13, 16] as const

/** Around all, in CSS pixels: room for the cursor. */
export const MARGIN = 6

/** `width`: of the place, in CSS pixels. `ratio`: of the screen's pixels to those. */
export function layOut(files: number, steps: number, tile: number, width: number, ratio: number): TileLayout {
  const size = Math.max(1, Math.round(tile * ratio))
  const gap = tile < 4 ? 0 : Math.round(Math.max(1, tile / 6) * ratio)
  const bandGap = Math.round((tile < 4 ? 1 : 2 + tile / 3) * ratio)
  const inner = Math.floor((width - 2 * MARGIN) * ratio)
  const perBand = Math.max(1, Math.floor((inner + gap) / (size + gap)))
  const bands = Math.ceil(files / perBand)
  return {
    tile: size,
    gap,
    bandGap,
    steps,
    perBand,
    bands,
    width: Math.floor(width * ratio),
    height: bands * (size * steps + bandGap) + Math.round(2 * MARGIN * ratio),
  }
}

/** The largest tiles with which all can be seen at once, or the smallest there are. */
export function fittingTile(files: number, steps: number, width: number, height: number): number {
  for (const tile of [...TILE_SIZES].reverse()) {
    if (layOut(files, steps, tile, width, 1).height <= height) return tile
  }
  return TILE_SIZES[0]
}

/** The place of the file there; null between and beside them. `x`, `y`: of all bands, from the upper left. */
export function placeAt(layout: TileLayout, files: number, x: number, y: number, margin: number): number | null {
  const column = Math.floor((x - margin) / (layout.tile + layout.gap))
  const band = Math.floor((y - margin) / (layout.tile * layout.steps + layout.bandGap))
  if (column < 0 || column >= layout.perBand || band < 0) return null
  const place = band * layout.perBand + column
  return place < files ? place : null
}

/** The upper left corner of the file in this place. */
export function cornerOf(layout: TileLayout, place: number, margin: number): { x: number; y: number } {
  return {
    x: margin + (place % layout.perBand) * (layout.tile + layout.gap),
    y: margin + Math.floor(place / layout.perBand) * (layout.tile * layout.steps + layout.bandGap),
  }
}
