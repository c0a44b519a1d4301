/** The client of POST /media-files/import, which reports progress and results line by line. */
import { actorHeader } from '../../lib/actor'

export interface BadRow {
  line: number
  guid: string | null
  reason: string
}

export interface ImportResult {
  rows: number
  added: number
  updated: number
  unchanged: number
  addedToCollections: number
  collectionsCreated: string[]
  badRows: number
  kept: boolean
  /** Unknown columns, each with a suggestion if a known column is similar. */
  ignoredColumns: string[]
}

export interface ImportOptions {
  /** Import nothing if a row is bad. */
  atomic: boolean
  /** Replace the documents of existing media files. */
  update: boolean
  /** Names of collections to which all media files are added. */
  collections: string[]
}

export type ImportState =
  | { step: 'sending'; sent: number; size: number }
  | { step: 'reading'; rows: number }
  | { step: 'done'; result: ImportResult; badRows: BadRow[] }
  | { step: 'failed'; message: string }

interface Line {
  progress?: { rows: number }
  badRow?: BadRow
  result?: ImportResult
  error?: { message: string }
}

const MAX_BAD_ROWS = 1_000
const CONNECTION_LOST = 'The connection was lost before the import finished. Nothing was imported. Import the file again.'

/** Uploads the file. Returns a function that stops the import. */
export function importMedia(file: File, options: ImportOptions, onState: (state: ImportState) => void): () => void {
  const request = new XMLHttpRequest() // fetch does not report upload progress
  const lines = new ImportLines(onState)
  request.open('POST', `/media-files/import?${queryString(options)}`)
  request.setRequestHeader('Content-Type', 'application/octet-stream')
  for (const [name, value] of Object.entries(actorHeader())) request.setRequestHeader(name, value)
  request.upload.onprogress = ({ loaded, total }) => onState({ step: 'sending', sent: loaded, size: total })
  request.upload.onload = () => onState({ step: 'reading', rows: 0 })
  request.onprogress = () => request.status === 200 && lines.read(request.responseText)
  request.onload = () => {
    if (request.status === 200) lines.end(request.responseText)
    else onState({ step: 'failed', message: errorIn(request.responseText) })
  }
  request.onerror = () => onState({ step: 'failed', message: CONNECTION_LOST })
  request.send(file)
  return () => request.abort()
}

function queryString({ atomic, update, collections }: ImportOptions): string {
  const parameters = new URLSearchParams({ atomic: String(atomic), update: String(update) })
  for (const collection of collections) parameters.append('collection', collection)
  return parameters.toString()
}

function errorIn(body: string): string {
  try {
    const { error } = JSON.parse(body) as Line
    return error?.message ?? CONNECTION_LOST
  } catch {
    return CONNECTION_LOST
  }
}

/** Parses the response while it arrives. Each line is a JSON object. */
export class ImportLines {
  readonly #onState: (state: ImportState) => void
  readonly #badRows: BadRow[] = []
  #position = 0
  #ended = false

  constructor(onState: (state: ImportState) => void) {
    this.#onState = onState
  }

  read(text: string): void {
    for (let end = text.indexOf('\n', this.#position); end >= 0; end = text.indexOf('\n', this.#position)) {
      this.#handle(JSON.parse(text.slice(this.#position, end)) as Line)
      this.#position = end + 1
    }
  }

  end(text: string): void {
    this.read(text)
    if (!this.#ended) this.#onState({ step: 'failed', message: CONNECTION_LOST })
  }

  #handle({ progress, badRow, result, error }: Line): void {
    if (progress) this.#onState({ step: 'reading', rows: progress.rows })
    if (badRow && this.#badRows.length < MAX_BAD_ROWS) this.#badRows.push(badRow)
    if (result) this.#onState({ step: 'done', result, badRows: this.#badRows })
    if (error) this.#onState({ step: 'failed', message: error.message })
    this.#ended ||= result !== undefined || error !== undefined
  }
}
