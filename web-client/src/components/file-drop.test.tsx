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
  if (!place) throw new Error('The drop area is missing.')
  return { onFiles, place }
}

const transfer = (...files: File[]) => ({ dataTransfer: { types: ['Files'], files } })

it('highlights while a file is over it, and accepts a dropped file', () => {
  const { onFiles, place } = open()
  expect(fireEvent.dragOver(place, transfer(CSV))).toBe(false) // otherwise the browser opens the file
  expect(place.dataset.over).toBe('true')
  expect(fireEvent.drop(place, transfer(CSV, TEXT))).toBe(false)
  expect(place.dataset.over).toBeUndefined()
  expect(onFiles.mock.calls).toEqual([[[CSV]]])
})

it('accepts several files if multiple is set', () => {
  const { onFiles, place } = open(true)
  fireEvent.drop(place, transfer(CSV, TEXT))
  expect(onFiles.mock.calls).toEqual([[[CSV, TEXT]]])
})

it('ignores drags without files, and files that leave it again', () => {
  const { onFiles, place } = open()
  expect(fireEvent.dragOver(place, { dataTransfer: { types: ['text/plain'], files: [] } })).toBe(true)
  expect(place.dataset.over).toBeUndefined()
  fireEvent.dragEnter(place, transfer(CSV))
  fireEvent.dragLeave(place, transfer(CSV))
  expect(place.dataset.over).toBeUndefined()
  expect(onFiles).not.toHaveBeenCalled()
})
