import { listIn, objectIn, textIn } from './json'
import type { Path } from './json-tree'
import { patternOf } from './json-search'
import { textOf } from './mmif-summary'

export interface MmifText {
  /** Of the view; "": it is one of the MMIF's own documents. */
  view: string
  id: string
  text: string
  cut: boolean
  /** Where it stands in the JSON. */
  path: Path
}

interface Place {
  view: string
  id: string
  text: string
  path: Path
}

const TEXT_SHOWN = 2_000

/** All texts of a MMIF, some of them at a time. */
export class MmifTexts {
  readonly #all: Place[]
  #asked = ''
  #found: Place[]

  constructor(mmif: unknown) {
    this.#all = placesIn(mmif)
    this.#found = this.#all
  }

  /** Those of a view that hold a text; null and "": whichever. */
  page(view: string | null, find: string, from: number, to: number): { total: number; texts: MmifText[] } {
    const asked = JSON.stringify([view, find])
    if (asked !== this.#asked) {
      const pattern = patternOf(find)
      this.#found = this.#all.filter((each) => (view === null || each.view === view) && pattern.test(each.text))
      this.#asked = asked
    }
    return { total: this.#found.length, texts: this.#found.slice(from, to).map(shown) }
  }
}

function shown({ text, ...rest }: Place): MmifText {
  return { ...rest, text: text.slice(0, TEXT_SHOWN), cut: text.length > TEXT_SHOWN }
}

function placesIn(mmif: unknown): Place[] {
  const places: Place[] = []
  const take = (view: string, annotation: unknown, path: Path) => {
    const found = textOf(annotation)
    if (found === null) return
    const id = textIn(objectIn(objectIn(annotation).properties).id) ?? ''
    places.push({ view, id, text: found.text, path: [...path, ...pathOf(annotation, found.keys)] })
  }
  const { documents, views } = objectIn(mmif)
  const [documentsPlace = 0] = pathOf(mmif, ['documents'])
  listIn(documents).forEach((document, place) => take('', document, [documentsPlace, place]))
  const [viewsPlace = 0] = pathOf(mmif, ['views'])
  listIn(views).forEach((view, number) => {
    const { id, annotations } = objectIn(view)
    const [annotationsPlace = 0] = pathOf(view, ['annotations'])
    listIn(annotations).forEach((annotation, place) =>
      take(textIn(id) ?? '', annotation, [viewsPlace, number, annotationsPlace, place]),
    )
  })
  return places
}

/** The place of each key among those beside it. */
function pathOf(value: unknown, keys: string[]): number[] {
  const path: number[] = []
  for (const key of keys) {
    const inside = objectIn(value)
    path.push(Object.keys(inside).indexOf(key))
    value = inside[key]
  }
  return path
}
