/** The scrollable canvas of tiles. It paints at most once per frame, and only after a change. */
import type { FilesStore } from './files-store'
import type { ShownFiles } from './shown-files'
import { coloursOf } from './tile-colours'
import { cornerOf, fittingTile, layOut, MARGIN, positionAt, type TileLayout } from './tile-layout'
import type { TileColours } from './tile-painter'
import { TilePicture } from './tile-picture'

interface Parts {
  scroller: HTMLElement
  canvas: HTMLCanvasElement
  /** Has the height of all bands. */
  sheet: HTMLElement
  cursor: HTMLElement
}

export interface TileChoice {
  shown: ShownFiles
  /** Number of files when all are loaded. */
  expected: number
  /** In CSS pixels. Null: fit all files. */
  tile: number | null
}

export class TileView {
  readonly #parts: Parts
  readonly #store: FilesStore
  readonly #context: CanvasRenderingContext2D | null
  readonly #stops: (() => void)[]
  #choice: TileChoice | null = null
  #tile = 0
  #layout: TileLayout = layOut(0, 1, 2, 0, 1)
  #colours: TileColours | null = null
  #image: ImageData | null = null
  #picture: TilePicture | null = null
  #cursorFile: number | null = null
  #frame = 0

  constructor(parts: Parts, store: FilesStore) {
    this.#parts = parts
    this.#store = store
    this.#context = parts.canvas.getContext('2d', { alpha: false })
    const resized = new ResizeObserver(() => this.#resize())
    resized.observe(parts.scroller)
    resized.observe(document.documentElement)
    const recolour = () => {
      this.#colours = null
      this.schedule()
    }
    const themed = new MutationObserver(recolour)
    themed.observe(document.documentElement, { attributeFilter: ['data-theme'] })
    const dark = matchMedia('(prefers-color-scheme: dark)')
    dark.addEventListener('change', recolour)
    const repaint = () => {
      this.#picture = null
      this.schedule()
    }
    parts.canvas.addEventListener('contextrestored', repaint)
    parts.scroller.addEventListener('scroll', this.schedule, { passive: true })
    this.#stops = [
      store.watch(this.schedule),
      () => resized.disconnect(),
      () => themed.disconnect(),
      () => dark.removeEventListener('change', recolour),
      () => parts.canvas.removeEventListener('contextrestored', repaint),
      () => parts.scroller.removeEventListener('scroll', this.schedule),
      () => cancelAnimationFrame(this.#frame),
    ]
  }

  stop(): void {
    for (const stop of this.#stops) stop()
  }

  /** Tile size in CSS pixels. */
  get tile(): number {
    return this.#tile
  }

  get perBand(): number {
    return this.#layout.perBand
  }

  /** Number of bands that fit in the viewport. */
  get visibleBands(): number {
    const { tile, steps, bandGap } = this.#layout
    return Math.max(1, Math.floor((this.#parts.scroller.clientHeight * this.#ratio) / (tile * steps + bandGap)))
  }

  show(choice: TileChoice): void {
    this.#choice = choice
    this.#chooseTile()
    this.schedule()
  }

  /** Returns the position of the file under the pointer. */
  positionUnder(clientX: number, clientY: number): number | null {
    const { scroller } = this.#parts
    const box = scroller.getBoundingClientRect()
    const x = (clientX - box.left) * this.#ratio
    const y = (clientY - box.top + scroller.scrollTop) * this.#ratio
    return positionAt(this.#layout, this.#choice?.shown.count ?? 0, x, y, this.#margin)
  }

  setCursor(file: number | null, reveal: boolean): void {
    this.#cursorFile = file
    if (reveal && file !== null) this.#reveal(file)
    this.schedule()
  }

  schedule = (): void => {
    if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.#paint())
  }

  get #ratio(): number {
    return window.devicePixelRatio || 1
  }

  /** Maximum height in CSS pixels. */
  get #maxHeight(): number {
    return parseFloat(getComputedStyle(this.#parts.scroller).maxHeight) || 0
  }

  get #margin(): number {
    return Math.round(MARGIN * this.#ratio)
  }

  get #files(): number {
    const { shown, expected } = this.#choice ?? {}
    return shown ? (shown.all ? Math.max(shown.count, expected ?? 0) : shown.count) : 0
  }

  #chooseTile(): void {
    const { scroller } = this.#parts
    const steps = Math.max(1, this.#store.steps)
    this.#tile = this.#choice?.tile ?? fittingTile(this.#files, steps, scroller.clientWidth, this.#maxHeight)
  }

  #resize(): void {
    const { clientWidth } = this.#parts.scroller
    if (clientWidth * this.#ratio !== this.#layout.width) this.#chooseTile()
    this.schedule()
  }

  #paint(): void {
    this.#frame = 0
    if (!this.#choice || !this.#context) return
    const { scroller, canvas, sheet } = this.#parts
    const ratio = this.#ratio
    const steps = Math.max(1, this.#store.steps)
    if (steps !== this.#layout.steps) this.#chooseTile()
    const layout = layOut(this.#files, steps, this.#tile, scroller.clientWidth, ratio)
    if (layout.height !== this.#layout.height) sheet.style.height = `${layout.height / ratio}px`
    this.#layout = layout
    const height = Math.floor(Math.min(this.#maxHeight * ratio, layout.height))
    if (layout.width <= 0 || height <= 0) return
    if (!this.#picture || this.#image?.width !== layout.width || this.#image.height !== height) {
      canvas.width = layout.width
      canvas.height = height
      canvas.style.width = `${layout.width / ratio}px`
      canvas.style.height = `${height / ratio}px`
      this.#image = this.#context.createImageData(layout.width, height)
      this.#picture = new TilePicture(new Uint32Array(this.#image.data.buffer), layout.width)
    }
    this.#colours ??= coloursOf(sheet)
    const { shown } = this.#choice
    const top = Math.round(scroller.scrollTop * ratio)
    const tiles = { layout, shown, store: this.#store, colours: this.#colours, margin: this.#margin, top }
    for (const { from, to } of this.#picture.paint(tiles)) {
      this.#context.putImageData(this.#image, 0, 0, 0, from, layout.width, to - from)
    }
    this.#positionCursor()
  }

  #positionCursor(): void {
    const { cursor } = this.#parts
    const corner = this.#cornerOf(this.#cursorFile)
    cursor.hidden = corner === null
    if (!corner) return
    const { tile, steps } = this.#layout
    cursor.style.transform = `translate(${corner.x / this.#ratio}px, ${corner.y / this.#ratio}px)`
    cursor.style.width = `${tile / this.#ratio}px`
    cursor.style.height = `${(tile * steps) / this.#ratio}px`
  }

  #cornerOf(file: number | null): { x: number; y: number } | null {
    const shown = this.#choice?.shown
    if (file === null || !shown) return null
    const position = shown.positionOf(file)
    return position >= 0 && shown.file(position) === file ? cornerOf(this.#layout, position, this.#margin) : null
  }

  #reveal(file: number): void {
    const corner = this.#cornerOf(file)
    if (!corner) return
    const { scroller } = this.#parts
    const top = corner.y / this.#ratio
    const bottom = top + (this.#layout.tile * this.#layout.steps) / this.#ratio
    if (top < scroller.scrollTop + MARGIN) scroller.scrollTop = top - MARGIN
    else if (bottom > scroller.scrollTop + scroller.clientHeight - MARGIN) {
      scroller.scrollTop = bottom + MARGIN - scroller.clientHeight
    }
  }
}
