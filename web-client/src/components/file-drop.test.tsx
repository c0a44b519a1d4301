import { fireEvent, screen } from '@testing-library/react'
import { expect, it, vi } from 'vitest'
import { show } from '../testing/page'
import { FileDrop } from './file-drop'

const CSV = new File(['guid\ncpb-1\n'], 'march.csv', { type: 'text/csv' })
const TEXT = new File(['cpb-2\n'], 'april.txt', { type: 'text/plain' })

function open(multiple = false) {
  const onFiles = vi.fn()
  show(<FileDrop what="a CSV or text file" accept=".csv,.txt" multiple={multiple} onFiles={onFiles} />)
  const place = screen.getByText('Drop a CSV or text file here, or').parentElement?.parentElement
  if (!place) throw new Error('There is no place to drop a file on.')
  return { onFiles, place }
}

const carrying = (...files: File[]) => ({ dataTransfer: { types: ['Files'], files } })

it('shows that it takes what is over it, and takes what is dropped', () => {
  const { onFiles, place } = open()
  expect(fireEvent.dragOver(place, carrying(CSV))).toBe(false) // else the browser would open the file
  expect(place.dataset.over).toBe('true')
  expect(fireEvent.drop(place, carrying(CSV, TEXT))).toBe(false)
  expect(place.dataset.over).toBeUndefined()
  expect(onFiles.mock.calls).toEqual([[[CSV]]])
})

it('takes several where several are asked for', () => {
  const { onFiles, place } = open(true)
  fireEvent.drop(place, carrying(CSV, TEXT))
  expect(onFiles.mock.calls).toEqual([[[CSV, TEXT]]])
})

it('leaves alone what is no file, and what leaves it again', () => {
  const { onFiles, place } = open()
  expect(fireEvent.dragOver(place, { dataTransfer: { types: ['text/plain'], files: [] } })).toBe(true)
  expect(place.dataset.over).toBeUndefined()
  fireEvent.dragEnter(place, carrying(CSV))
  fireEvent.dragLeave(place, carrying(CSV))
  expect(place.dataset.over).toBeUndefined()
  expect(onFiles).not.toHaveBeenCalled()
})
