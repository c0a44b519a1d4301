import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CELL_STATES } from '../pages/batch-run/cell-state'

const TOKENS = readFileSync(join(import.meta.dirname, 'tokens.css'), 'utf8')

describe.each(['light', 'dark'] as const)('the grid’s tiles in %s', (theme) => {
  const colour = (name: string) => colourOf(name, theme)

  it.each(CELL_STATES)('%s: stand out from the ground', (state) => {
    expect(contrast(colour(`--tile-${state}`), colour('--surface'))).toBeGreaterThanOrEqual(3)
  })

  it('distinguish failed from finished by lightness too', () => {
    expect(contrast(colour('--tile-failed'), colour('--tile-finished'))).toBeGreaterThanOrEqual(2)
  })
})

function colourOf(name: string, theme: 'light' | 'dark'): string {
  const found = new RegExp(`${name}: light-dark\\((#\\w{6}), (#\\w{6})\\)`).exec(TOKENS)
  const colour = found?.[theme === 'light' ? 1 : 2]
  if (colour === undefined) throw new Error(`There is no colour ${name}.`)
  return colour
}

/** As WCAG reckons it. */
function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (high + 0.05) / (low + 0.05)
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
