import { cleanup, render, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, expect, test, vi } from 'vitest'
import { ConfirmDialog } from './confirm-dialog'
import type { BulkPreview } from '../lib/bulk-mutation'

afterEach(cleanup)

const FORESEEN: BulkPreview = { message: 'Cancels 412 files of 1 batch run; 3 are running.', unchanged: [], nothing: false }

function open(preview: () => Promise<BulkPreview>, onConfirm = vi.fn(async () => Promise.resolve())) {
  const onClose = vi.fn()
  render(
    <ConfirmDialog title="Cancel it?" verb="Cancel it" danger preview={preview} onConfirm={onConfirm} onClose={onClose} />,
  )
  return { onClose, onConfirm, verb: screen.getByRole('button', { name: 'Cancel it' }) }
}

test('it can be confirmed only once its numbers are told', async () => {
  let foresee: ((preview: BulkPreview) => void) | undefined
  const { onClose, onConfirm, verb } = open(() => new Promise((resolve) => (foresee = resolve)))
  expect(verb).toHaveProperty('disabled', true)
  await waitFor(() => expect(foresee).toBeDefined())
  expect(verb).toHaveProperty('disabled', true)
  foresee?.(FORESEEN)
  await screen.findByText(FORESEEN.message)
  await userEvent.click(verb)
  expect(onConfirm).toHaveBeenCalledOnce()
  expect(onClose).toHaveBeenCalledOnce()
})

test('where there is nothing that it would do it says why and can not be confirmed', async () => {
  const { verb } = open(() =>
    Promise.resolve({ message: 'Cancels nothing.', unchanged: [{ id: 'brun-1', message: 'It has ended.' }], nothing: true }),
  )
  await screen.findByText('It has ended.')
  expect(verb).toHaveProperty('disabled', true)
})

test('what went wrong is told in it, and it stays open', async () => {
  const refused = vi.fn(async () => Promise.reject(new Error('The batch run is gone.')))
  const { onClose, verb } = open(() => Promise.resolve(FORESEEN), refused)
  await screen.findByText(FORESEEN.message)
  await userEvent.click(verb)
  expect((await screen.findByRole('alert')).textContent).toBe('The batch run is gone.')
  expect(onClose).not.toHaveBeenCalled()
})

test('numbers that could not be had are asked for again', async () => {
  const preview = vi.fn(async () => Promise.resolve(FORESEEN)).mockRejectedValueOnce(new Error('The database is away.'))
  const { verb } = open(preview)
  expect((await screen.findByRole('alert')).textContent).toBe('The database is away.')
  expect(verb).toHaveProperty('disabled', true)
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }))
  await screen.findByText(FORESEEN.message)
  expect(verb).toHaveProperty('disabled', false)
})
