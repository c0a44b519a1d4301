/**
 * The tiles that are in sight, as a picture. It knows what it holds: only bands that came into sight and bands whose files
 * changed are painted again.
 */
import { bandHeightOf, paintTiles, type Rows, type Tiles } from './tile-painter'

interface Held extends Tiles {
  version: number
}

/** What of a layout says where a file stands. */
const PLACING = ['tile', 'gap', 'bandGap', 'steps', 'perBand', 'width'] as const

export class TilePicture {
  readonly #pixels: Uint32Array
  readonly #width: number
  #held: Held | null = null

  /** `width`: in pixels; as wide as the layouts of what it is to show. */
  constructor(pixels: Uint32Array, width: number) {
    this.#pixels = pixels
    this.#width = width
  }

  /** Rows that are not as they were, from the top. */
  paint(tiles: Tiles): Rows[] {
    const all = { from: 0, to: Math.floor(this.#pixels.length / this.#width) }
    const held = this.#held
    this.#held = { ...tiles, version: tiles.store.version }
    const scrolled = held ? tiles.top - held.top : 0
    if (!held || !isOfOneKind(held, this.#held) || Math.abs(scrolled) >= all.to) {
      paintTiles(this.#pixels, tiles, all)
      return [all]
    }
    const changed = held.version === tiles.store.version ? [] : rowsOfChanges(tiles, all.to, held.version)
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

/** Whether a file that has not changed looks the same in both, and stands in the same place. */
function isOfOneKind(held: Held, now: Held): boolean {
  if (held.store !== now.store || held.shown !== now.shown || held.colours !== now.colours || held.margin !== now.margin) return false
  if (PLACING.some((name) => held.layout[name] !== now.layout[name])) return false
  return now.shown.all || held.version === now.version
}

/** The rows of all bands in sight that hold a file which has changed since this version; bands side by side as one. */
function rowsOfChanges(tiles: Tiles, height: number, version: number): Rows[] {
  const { layout, store, margin, top } = tiles
  const bandHeight = bandHeightOf(layout)
  const found: Rows[] = []
  const first = Math.max(0, Math.floor((top - margin) / bandHeight))
  const last = Math.min(Math.ceil(store.size / layout.perBand) - 1, Math.floor((top + height - 1 - margin) / bandHeight))
  for (let band = first; band <= last; band += 1) {
    const place = band * layout.perBand
    if (!store.changedSince(version, place, Math.min(place + layout.perBand, store.size))) continue
    const y = margin + band * bandHeight - top
    const rows = { from: Math.max(0, y), to: Math.min(height, y + bandHeight) }
    const before = found.at(-1)
    if (before?.to === rows.from) before.to = rows.to
    else found.push(rows)
  }
  return found
}
