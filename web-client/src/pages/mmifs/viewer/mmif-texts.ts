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
    const text = textOf(annotation)
    const id = textIn(objectIn(objectIn(annotation).properties).id) ?? ''
    if (text !== null) places.push({ view, id, text, path })
  }
  const root = objectIn(mmif)
  const placeIn = (object: object, key: string) => Object.keys(object).indexOf(key)
  const documents = placeIn(root, 'documents')
  listIn(root.documents).forEach((document, place) => take('', document, [documents, place]))
  const views = placeIn(root, 'views')
  listIn(root.views).forEach((view, number) => {
    const told = objectIn(view)
    const annotations = placeIn(told, 'annotations')
    listIn(told.annotations).forEach((annotation, place) =>
      take(textIn(told.id) ?? '', annotation, [views, number, annotations, place]),
    )
  })
  return places
}
