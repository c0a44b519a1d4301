import { asList, asObject, asText } from './json'
import type { Path } from './json-tree'
import { searchPattern } from './json-search'
import { readText } from './mmif-summary'

export interface MmifText {
  /** The ID of the view. Empty for a document of the MMIF itself. */
  view: string
  id: string
  text: string
  cut: boolean
  /** The path of the text in the JSON. */
  path: Path
}

interface FullText {
  view: string
  id: string
  text: string
  path: Path
}

const MAX_LENGTH = 2_000

/** The texts of a MMIF, in pages. */
export class MmifTexts {
  readonly #all: FullText[]
  #query = ''
  #found: FullText[]

  constructor(mmif: unknown) {
    this.#all = findTexts(mmif)
    this.#found = this.#all
  }

  /** Returns the texts of a view that contain a term. Null means all views, and "" means all texts. */
  page(view: string | null, find: string, from: number, to: number): { total: number; texts: MmifText[] } {
    const query = JSON.stringify([view, find])
    if (query !== this.#query) {
      const pattern = searchPattern(find)
      this.#found = this.#all.filter((each) => (view === null || each.view === view) && pattern.test(each.text))
      this.#query = query
    }
    return { total: this.#found.length, texts: this.#found.slice(from, to).map(shorten) }
  }
}

function shorten({ text, ...rest }: FullText): MmifText {
  return { ...rest, text: text.slice(0, MAX_LENGTH), cut: text.length > MAX_LENGTH }
}

function findTexts(mmif: unknown): FullText[] {
  const texts: FullText[] = []
  const add = (view: string, annotation: unknown, path: Path) => {
    const found = readText(annotation)
    if (found === null) return
    const id = asText(asObject(asObject(annotation).properties).id) ?? ''
    texts.push({ view, id, text: found.text, path: [...path, ...pathOf(annotation, found.keys)] })
  }
  const { documents, views } = asObject(mmif)
  const [documentsIndex = 0] = pathOf(mmif, ['documents'])
  asList(documents).forEach((document, index) => add('', document, [documentsIndex, index]))
  const [viewsIndex = 0] = pathOf(mmif, ['views'])
  asList(views).forEach((view, viewIndex) => {
    const { id, annotations } = asObject(view)
    const [annotationsIndex = 0] = pathOf(view, ['annotations'])
    asList(annotations).forEach((annotation, index) =>
      add(asText(id) ?? '', annotation, [viewsIndex, viewIndex, annotationsIndex, index]),
    )
  })
  return texts
}

/** Returns the index of each key in its object. */
function pathOf(value: unknown, keys: string[]): number[] {
  const path: number[] = []
  for (const key of keys) {
    const inside = asObject(value)
    path.push(Object.keys(inside).indexOf(key))
    value = inside[key]
  }
  return path
}
