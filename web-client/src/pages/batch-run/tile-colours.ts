import { CELL_STATES, type CellState } from './cell-state'
import type { TileColours } from './tile-painter'

const TOKENS: Record<CellState, string> = {
  waiting: '--line',
  retrying: '--paused',
  paused: '--waiting',
  running: '--running',
  finished: '--finished',
  failed: '--failed',
  canceled: '--canceled',
  unreached: '--sunk',
}

/** The tokens' own, as they are just now on this element, in the order of a picture's bytes. */
export function coloursOf(element: HTMLElement): TileColours {
  const probe = document.createElement('span')
  element.append(probe)
  const read = (name: string) => {
    probe.style.color = `var(${name})`
    return pixelOf(getComputedStyle(probe).color)
  }
  const colours = {
    ground: read('--surface'),
    cells: Uint32Array.from(CELL_STATES, (state) => read(TOKENS[state])),
    runningRest: read('--running-soft'),
    failedMark: read('--surface'),
  }
  probe.remove()
  return colours
}

/** `colour`: rgb(1, 2, 3), as browsers compute it. */
function pixelOf(colour: string): number {
  const [red = 0, green = 0, blue = 0] = (colour.match(/[\d.]+/g) ?? []).map(Number)
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0
}
