/**
 * The visible tiles as a picture. It paints only bands that became visible and bands with changed files.
 */
import { bandHeightOf, paintTiles, type Rows, type Tiles } from './tile-painter'

interface PaintedTiles extends Tiles {
  version: number
}

/** The layout properties that determine tile positions. */
const POSITION_PROPERTIES = ['tile', 'gap', 'bandGap', 'steps', 'perBand', 'width'] as const

export class TilePicture {
  readonly #pixels: Uint32Array
  readonly #width: number
  #painted: PaintedTiles | null = null

  /** `width`: in pixels, the same as that of the layouts. */
  constructor(pixels: Uint32Array, width: number) {
    this.#pixels = pixels
    this.#width = width
  }

  /** Paints what has changed. Returns the changed rows. */
  paint(tiles: Tiles): Rows[] {
    const all = { from: 0, to: Math.floor(this.#pixels.length / this.#width) }
    const before = this.#painted
    this.#painted = { ...tiles, version: tiles.store.version }
    const scrolled = before ? tiles.top - before.top : 0
    if (!before || !hasSamePositions(before, this.#painted) || Math.abs(scrolled) >= all.to) {
      paintTiles(this.#pixels, tiles, all)
      return [all]
    }
    const changed = before.version === tiles.store.version ? [] : rowsOfChanges(tiles, all.to, before.version)
    this.#shift(scrolled)
    const exposed = scrolled > 0 ? [{ from: all.to - scrolled, to: all.to }] : scrolled < 0 ? [{ from: 0, to: -scrolled }] : []
    for (const rows of [...changed, ...exposed]) paintTiles(this.#pixels, tiles, rows)
    return scrolled === 0 ? changed : [all]
  }

  #shift(rows: number): void {
    const pixels = rows * this.#width
    if (pixels > 0) this.#pixels.copyWithin(0, pixels)
    else if (pixels < 0) this.#pixels.copyWithin(-pixels, 0)
  }
}

/** Whether unchanged files look the same and have the same position in both. */
function hasSamePositions(before: PaintedTiles, now: PaintedTiles): boolean {
  if (before.store !== now.store || before.shown !== now.shown || before.colours !== now.colours || before.margin !== now.margin) return false
  if (POSITION_PROPERTIES.some((name) => before.layout[name] !== now.layout[name])) return false
  return now.shown.all || before.version === now.version
}

/** Rows of the visible bands with files that changed after `version`. Adjacent bands are merged. */
function rowsOfChanges(tiles: Tiles, height: number, version: number): Rows[] {
  const { layout, store, margin, top } = tiles
  const bandHeight = bandHeightOf(layout)
  const changed: Rows[] = []
  const first = Math.max(0, Math.floor((top - margin) / bandHeight))
  const last = Math.min(Math.ceil(store.size / layout.perBand) - 1, Math.floor((top + height - 1 - margin) / bandHeight))
  for (let band = first; band <= last; band += 1) {
    const position = band * layout.perBand
    if (!store.changedSince(version, position, Math.min(position + layout.perBand, store.size))) continue
    const y = margin + band * bandHeight - top
    const rows = { from: Math.max(0, y), to: Math.min(height, y + bandHeight) }
    const previous = changed.at(-1)
    if (previous?.to === rows.from) previous.to = rows.to
    else changed.push(rows)
  }
  return changed
}
