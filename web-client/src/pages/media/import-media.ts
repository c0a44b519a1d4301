/** POST /media-files/import: a file goes up, and what becomes of its rows comes back line by line. */
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
  /** Columns that have no meaning, each with a suggestion if it is similar to one that has. */
  ignoredColumns: string[]
}

export interface ImportOptions {
  /** One bad row, and nothing is kept. */
  atomic: boolean
  /** A media file that is there gets these documents. */
  update: boolean
  /** Names of collections that all go into. */
  collections: string[]
}

/** How far it is. */
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

const BAD_ROWS_KEPT = 1_000
const CUT_OFF = 'The connection broke before the import was done. Nothing was kept: send it again.'

/** Sends the file; gives a way to stop it. */
export function importMedia(file: File, options: ImportOptions, onState: (state: ImportState) => void): () => void {
  const request = new XMLHttpRequest() // fetch does not tell how much was sent
  const lines = new ImportLines(onState)
  request.open('POST', `/media-files/import?${parametersOf(options)}`)
  request.setRequestHeader('Content-Type', 'application/octet-stream')
  for (const [name, value] of Object.entries(actorHeader())) request.setRequestHeader(name, value)
  request.upload.onprogress = ({ loaded, total }) => onState({ step: 'sending', sent: loaded, size: total })
  request.upload.onload = () => onState({ step: 'reading', rows: 0 })
  request.onprogress = () => request.status === 200 && lines.take(request.responseText)
  request.onload = () => {
    if (request.status === 200) lines.end(request.responseText)
    else onState({ step: 'failed', message: refusalIn(request.responseText) })
  }
  request.onerror = () => onState({ step: 'failed', message: CUT_OFF })
  request.send(file)
  return () => request.abort()
}

function parametersOf({ atomic, update, collections }: ImportOptions): string {
  const parameters = new URLSearchParams({ atomic: String(atomic), update: String(update) })
  for (const collection of collections) parameters.append('collection', collection)
  return parameters.toString()
}

function refusalIn(body: string): string {
  try {
    const { error } = JSON.parse(body) as Line
    return error?.message ?? CUT_OFF
  } catch {
    return CUT_OFF
  }
}

/** The answer as it grows: a JSON object on each line. */
export class ImportLines {
  readonly #onState: (state: ImportState) => void
  readonly #badRows: BadRow[] = []
  #read = 0
  #ended = false

  constructor(onState: (state: ImportState) => void) {
    this.#onState = onState
  }

  take(text: string): void {
    for (let end = text.indexOf('\n', this.#read); end >= 0; end = text.indexOf('\n', this.#read)) {
      this.#line(JSON.parse(text.slice(this.#read, end)) as Line)
      this.#read = end + 1
    }
  }

  end(text: string): void {
    this.take(text)
    if (!this.#ended) this.#onState({ step: 'failed', message: CUT_OFF })
  }

  #line({ progress, badRow, result, error }: Line): void {
    if (progress) this.#onState({ step: 'reading', rows: progress.rows })
    if (badRow && this.#badRows.length < BAD_ROWS_KEPT) this.#badRows.push(badRow)
    if (result) this.#onState({ step: 'done', result, badRows: this.#badRows })
    if (error) this.#onState({ step: 'failed', message: error.message })
    this.#ended ||= result !== undefined || error !== undefined
  }
}
