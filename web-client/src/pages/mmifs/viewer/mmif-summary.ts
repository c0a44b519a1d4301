/** A MMIF at a glance: what is in it, view by view, without its annotations. */
import { listIn, objectIn, textIn, type JsonObject } from './json'

export interface MmifSummary {
  /** `1.1.0` */
  version: string | null
  documents: DocumentSummary[]
  views: ViewSummary[]
}

export interface DocumentSummary {
  id: string
  type: string
  location: string | null
  mime: string | null
}

export interface ViewSummary {
  id: string
  /** Its identifier. */
  app: string
  timestamp: string | null
  /** As resolved by the app, where it says so, else as given. */
  parameters: { name: string; value: string; given: boolean }[]
  annotations: number
  types: TypeSummary[]
  texts: number
  error: { message: string; detail: string | null } | null
  warnings: string[]
}

export interface TypeSummary {
  /** `TimeFrame` */
  name: string
  uri: string
  count: number
  /** The most frequent first. */
  labels: { label: string; count: number }[]
  /** How many labels there are. */
  labelCount: number
}

const LABEL_KEYS = ['label', 'frameType', 'boxType', 'category', 'tagName']
const LABELS_SHOWN = 12

export function summaryOf(mmif: unknown): MmifSummary {
  const { metadata, documents, views } = objectIn(mmif)
  return {
    version: textIn(objectIn(metadata).mmif)?.split('/').pop() ?? null,
    documents: listIn(documents).map(documentSummary),
    views: listIn(views).map(viewSummary),
  }
}

function documentSummary(document: unknown): DocumentSummary {
  const properties = objectIn(objectIn(document).properties)
  return {
    id: textIn(properties.id) ?? '',
    type: shortType(typeOf(document)),
    location: textIn(properties.location),
    mime: textIn(properties.mime),
  }
}

function viewSummary(view: unknown): ViewSummary {
  const { id, metadata, annotations } = objectIn(view)
  const told = objectIn(metadata)
  const list = listIn(annotations)
  const { types, texts } = countedIn(list)
  return {
    id: textIn(id) ?? '',
    app: textIn(told.app) ?? '',
    timestamp: textIn(told.timestamp),
    parameters: parametersIn(told),
    annotations: list.length,
    types,
    texts,
    error: errorIn(told.error),
    warnings: listIn(told.warnings).map(inOneLine),
  }
}

function parametersIn({ parameters, appConfiguration }: JsonObject): ViewSummary['parameters'] {
  const given = objectIn(parameters)
  const all = { ...given, ...objectIn(appConfiguration) }
  return Object.entries(all).map(([name, value]) => ({ name, value: inOneLine(value), given: name in given }))
}

function errorIn(error: unknown): ViewSummary['error'] {
  if (error === undefined || error === null) return null
  const { message, stackTrace } = objectIn(error)
  return { message: textIn(message) ?? inOneLine(error), detail: textIn(stackTrace) }
}

function countedIn(annotations: unknown[]): { types: TypeSummary[]; texts: number } {
  const types = new Map<string, { count: number; labels: Map<string, number> }>()
  let texts = 0
  for (const annotation of annotations) {
    const uri = typeOf(annotation)
    const properties = objectIn(objectIn(annotation).properties)
    const known = types.get(uri) ?? { count: 0, labels: new Map<string, number>() }
    types.set(uri, known)
    known.count += 1
    const label = labelIn(properties)
    if (label !== null) known.labels.set(label, (known.labels.get(label) ?? 0) + 1)
    if (textOf(annotation) !== null) texts += 1
  }
  return { types: [...types].map(([uri, { count, labels }]) => typeSummary(uri, count, labels)), texts }
}

function typeSummary(uri: string, count: number, labels: Map<string, number>): TypeSummary {
  const sorted = [...labels].map(([label, many]) => ({ label, count: many })).sort((one, other) => other.count - one.count)
  return { name: shortType(uri), uri, count, labels: sorted.slice(0, LABELS_SHOWN), labelCount: labels.size }
}

function labelIn(properties: JsonObject): string | null {
  for (const key of LABEL_KEYS) {
    const label = textIn(properties[key])
    if (label !== null) return label
  }
  return null
}

export function typeOf(annotation: unknown): string {
  return textIn(objectIn(annotation)['@type']) ?? ''
}

/** `TimeFrame`, of http://mmif.clams.ai/vocabulary/TimeFrame/v6. */
export function shortType(uri: string): string {
  const parts = uri.replace(/\/+$/, '').split(/[/#]/)
  const last = parts.pop() ?? ''
  return /^v\d/.test(last) ? (parts.pop() ?? last) : last
}

const TEXT_KEYS = [
  ['properties', 'text', '@value'],
  ['properties', 'text'],
  ['properties', 'text_value'],
]

/** What a text document holds itself, and the keys under which; null: it is none, or its text lies elsewhere. */
export function textOf(annotation: unknown): { text: string; keys: string[] } | null {
  if (shortType(typeOf(annotation)) !== 'TextDocument') return null
  for (const keys of TEXT_KEYS) {
    const text = textIn(keys.reduce<unknown>((value, key) => objectIn(value)[key], annotation))
    if (text !== null) return { text, keys }
  }
  return null
}

function inOneLine(value: unknown): string {
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return value.map(inOneLine).join(', ')
  return JSON.stringify(value)
}
