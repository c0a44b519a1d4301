import { describe, expect, it } from 'vitest'
import { MmifDocument } from './mmif-document'

const V = 'http://mmif.clams.ai/vocabulary'

const MMIF = {
  metadata: { mmif: 'http://mmif.clams.ai/1.1.0' },
  documents: [
    { '@type': `${V}/VideoDocument/v1`, properties: { id: 'd1', mime: 'video/mp4', location: 'file:///data/a.mp4' } },
  ],
  views: [
    {
      id: 'v_0',
      metadata: {
        app: 'http://apps.clams.ai/swt-detection/v8.9',
        timestamp: '2025-10-20T18:13:32Z',
        parameters: { threshold: '0.5' },
        appConfiguration: { threshold: 0.5, map: ['B:bars', 'S:slate'] },
      },
      annotations: [
        { '@type': `${V}/TimeFrame/v6`, properties: { id: 'tf_1', label: 'slate' } },
        { '@type': `${V}/TimeFrame/v6`, properties: { id: 'tf_2', frameType: 'bars' } },
        { '@type': `${V}/TimeFrame/v6`, properties: { id: 'tf_3', label: 'slate' } },
      ],
    },
    {
      id: 'v_1',
      metadata: { app: 'http://apps.clams.ai/tesseract/v2.1', warnings: ['12 frames were left out.'] },
      annotations: [
        { '@type': `${V}/TextDocument/v1`, properties: { id: 'td_1', text: { '@value': 'PRODUCED BY WGBH' } } },
        { '@type': 'http://mmif.clams.ai/0.4.0/vocabulary/TextDocument', properties: { id: 'td_2', text_value: 'DATE' } },
        { '@type': `${V}/TextDocument/v1`, properties: { id: 'td_3', location: 'file:///elsewhere.txt' } },
      ],
    },
    {
      id: 'v_2',
      metadata: {
        app: 'http://apps.clams.ai/spacy-wrapper/v2.2',
        error: { message: 'out of memory', stackTrace: 'Traceback …' },
      },
    },
  ],
}

const document = () => new MmifDocument(JSON.stringify(MMIF))

describe('the summary of a MMIF', () => {
  it('counts annotations of each view by type and label, most frequent first', () => {
    const [view] = document().summary().views
    expect(view).toMatchObject({ id: 'v_0', annotations: 3, texts: 0, error: null })
    expect(view?.types).toEqual([
      {
        name: 'TimeFrame',
        uri: `${V}/TimeFrame/v6`,
        count: 3,
        labels: [
          { label: 'slate', count: 2 },
          { label: 'bars', count: 1 },
        ],
        labelCount: 2,
      },
    ])
  })

  it('lists resolved parameters and marks the explicit ones', () => {
    expect(document().summary().views[0]?.parameters).toEqual([
      { name: 'threshold', value: '0.5', explicit: true },
      { name: 'map', value: 'B:bars, S:slate', explicit: false },
    ])
  })

  it('lists errors and warnings', () => {
    const [, warned, failed] = document().summary().views
    expect(warned?.warnings).toEqual(['12 frames were left out.'])
    expect(failed?.error).toEqual({ message: 'out of memory', detail: 'Traceback …' })
  })

  it('reads JSON that is not MMIF as an empty MMIF', () => {
    expect(new MmifDocument('{"views": "none", "documents": [7]}').summary()).toEqual({
      version: null,
      documents: [{ id: '', type: '', location: null, mime: null }],
      views: [],
    })
  })
})

describe('the texts of a MMIF', () => {
  it('come from text documents in new and old forms, with their paths in the JSON', () => {
    const mmif = document()
    const { total, texts } = mmif.texts(null, '', 0, 10)
    expect(total).toBe(2)
    expect(texts.map(({ view, id, text }) => [view, id, text])).toEqual([
      ['v_1', 'td_1', 'PRODUCED BY WGBH'],
      ['v_1', 'td_2', 'DATE'],
    ])
    expect(texts.map(({ path }) => mmif.text(path).text)).toEqual(['PRODUCED BY WGBH', 'DATE'])
  })

  it('are found by a search term in one view or in all views', () => {
    expect(document().texts(null, 'wgbh', 0, 10).total).toBe(1)
    expect(document().texts('v_0', '', 0, 10).total).toBe(0)
  })
})

describe('the JSON of a MMIF', () => {
  it('expands documents and views at first, and all parents of a match', () => {
    const mmif = document()
    expect(mmif.rows(0, 100).rows.map(({ path }) => path.join('.'))).toEqual(['0', '0.0', '1', '1.0', '2', '2.0', '2.1', '2.2'])
    expect(mmif.find('produced', 1_000)).toEqual({ count: 1, done: true })
    const match = mmif.match(0)
    expect(mmif.rows(match?.row ?? -1, (match?.row ?? -1) + 1).rows[0]).toMatchObject({
      key: '@value',
      text: '"PRODUCED BY WGBH"',
    })
    expect(mmif.match(1)).toBeNull()
  })
})
