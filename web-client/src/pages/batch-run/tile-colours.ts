import { CELL_STATES } from './cell-state'
import type { TileColours } from './tile-painter'

/** Reads the colour tokens of an element as ABGR pixels. */
export function coloursOf(element: HTMLElement): TileColours {
  const probe = document.createElement('span')
  element.append(probe)
  const read = (name: string) => {
    probe.style.color = `var(${name})`
    return pixelOf(getComputedStyle(probe).color)
  }
  const colours = {
    ground: read('--surface'),
    cells: Uint32Array.from(CELL_STATES, (state) => read(`--tile-${state}`)),
    runningRest: halfway(read('--tile-running'), read('--surface')),
    failedMark: read('--surface'),
  }
  probe.remove()
  return colours
}

/** `colour`: a computed colour, such as rgb(1, 2, 3). */
function pixelOf(colour: string): number {
  const [red = 0, green = 0, blue = 0] = (colour.match(/[\d.]+/g) ?? []).map(Number)
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0
}

function halfway(one: number, other: number): number {
  const part = (shift: number) => ((((one >> shift) & 255) + ((other >> shift) & 255)) >> 1) << shift
  return ((255 << 24) | part(16) | part(8) | part(0)) >>> 0
}
