/** Summarizes the documents and views of a MMIF, without its annotations. */
import { asList, asObject, asText, type JsonObject } from './json'

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
  /** The identifier of the app. */
  app: string
  timestamp: string | null
  /** The resolved parameters if the view has them, or else the explicit ones. */
  parameters: { name: string; value: string; explicit: boolean }[]
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
  /** Sorted by frequency. */
  labels: { label: string; count: number }[]
  /** The number of different labels. */
  labelCount: number
}

const LABEL_KEYS = ['label', 'frameType', 'boxType', 'category', 'tagName']
const MAX_LABELS = 12

export function summarize(mmif: unknown): MmifSummary {
  const { metadata, documents, views } = asObject(mmif)
  return {
    version: asText(asObject(metadata).mmif)?.split('/').pop() ?? null,
    documents: asList(documents).map(summarizeDocument),
    views: asList(views).map(summarizeView),
  }
}

function summarizeDocument(document: unknown): DocumentSummary {
  const properties = asObject(asObject(document).properties)
  return {
    id: asText(properties.id) ?? '',
    type: shortType(annotationType(document)),
    location: asText(properties.location),
    mime: asText(properties.mime),
  }
}

function summarizeView(view: unknown): ViewSummary {
  const { id, metadata, annotations } = asObject(view)
  const details = asObject(metadata)
  const list = asList(annotations)
  const { types, texts } = countAnnotations(list)
  return {
    id: asText(id) ?? '',
    app: asText(details.app) ?? '',
    timestamp: asText(details.timestamp),
    parameters: summarizeParameters(details),
    annotations: list.length,
    types,
    texts,
    error: summarizeError(details.error),
    warnings: asList(details.warnings).map(toOneLine),
  }
}

function summarizeParameters({ parameters, appConfiguration }: JsonObject): ViewSummary['parameters'] {
  const explicit = asObject(parameters)
  const all = { ...explicit, ...asObject(appConfiguration) }
  return Object.entries(all).map(([name, value]) => ({ name, value: toOneLine(value), explicit: name in explicit }))
}

function summarizeError(error: unknown): ViewSummary['error'] {
  if (error === undefined || error === null) return null
  const { message, stackTrace } = asObject(error)
  return { message: asText(message) ?? toOneLine(error), detail: asText(stackTrace) }
}

function countAnnotations(annotations: unknown[]): { types: TypeSummary[]; texts: number } {
  const types = new Map<string, { count: number; labels: Map<string, number> }>()
  let texts = 0
  for (const annotation of annotations) {
    const uri = annotationType(annotation)
    const properties = asObject(asObject(annotation).properties)
    const counts = types.get(uri) ?? { count: 0, labels: new Map<string, number>() }
    types.set(uri, counts)
    counts.count += 1
    const label = findLabel(properties)
    if (label !== null) counts.labels.set(label, (counts.labels.get(label) ?? 0) + 1)
    if (readText(annotation) !== null) texts += 1
  }
  return { types: [...types].map(([uri, { count, labels }]) => summarizeType(uri, count, labels)), texts }
}

function summarizeType(uri: string, count: number, labels: Map<string, number>): TypeSummary {
  const sorted = [...labels].map(([label, labelCount]) => ({ label, count: labelCount })).sort((one, other) => other.count - one.count)
  return { name: shortType(uri), uri, count, labels: sorted.slice(0, MAX_LABELS), labelCount: labels.size }
}

function findLabel(properties: JsonObject): string | null {
  for (const key of LABEL_KEYS) {
    const label = asText(properties[key])
    if (label !== null) return label
  }
  return null
}

export function annotationType(annotation: unknown): string {
  return asText(asObject(annotation)['@type']) ?? ''
}

/** Returns `TimeFrame` for http://mmif.clams.ai/vocabulary/TimeFrame/v6. */
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

/** Returns the text of a text document and its keys. Null if it is another annotation, or if the text is stored elsewhere. */
export function readText(annotation: unknown): { text: string; keys: string[] } | null {
  if (shortType(annotationType(annotation)) !== 'TextDocument') return null
  for (const keys of TEXT_KEYS) {
    const text = asText(keys.reduce<unknown>((value, key) => asObject(value)[key], annotation))
    if (text !== null) return { text, keys }
  }
  return null
}

function toOneLine(value: unknown): string {
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return value.map(toOneLine).join(', ')
  return JSON.stringify(value)
}
