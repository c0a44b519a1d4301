/**
 * Positions of the tiles: a file is a column with one tile per step, and files wrap into bands. All numbers are device
 * pixels, so that tiles stay sharp.
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
  /** Height of all bands. */
  height: number
}

/** From small to large, in CSS pixels. */
export const TILE_SIZES = [2, 3, 4, 6, 8, 10, 13, 16] as const

/** Around the bands, in CSS pixels: room for the cursor. */
export const MARGIN = 6

/** `width`: available width in CSS pixels. `ratio`: device pixels per CSS pixel. */
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

/** Returns the largest tile size that fits all files, or the smallest size. */
export function fittingTile(files: number, steps: number, width: number, height: number): number {
  for (const tile of [...TILE_SIZES].reverse()) {
    if (layOut(files, steps, tile, width, 1).height <= height) return tile
  }
  return TILE_SIZES[0]
}

/** Returns the position of the file at a point, or null. `x`, `y`: from the upper left of all bands. */
export function positionAt(layout: TileLayout, files: number, x: number, y: number, margin: number): number | null {
  const column = Math.floor((x - margin) / (layout.tile + layout.gap))
  const band = Math.floor((y - margin) / (layout.tile * layout.steps + layout.bandGap))
  if (column < 0 || column >= layout.perBand || band < 0) return null
  const position = band * layout.perBand + column
  return position < files ? position : null
}

/** Returns the upper left corner of the file at a position. */
export function cornerOf(layout: TileLayout, position: number, margin: number): { x: number; y: number } {
  return {
    x: margin + (position % layout.perBand) * (layout.tile + layout.gap),
    y: margin + Math.floor(position / layout.perBand) * (layout.tile * layout.steps + layout.bandGap),
  }
}
