import { cleanup, render, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, expect, test, vi } from 'vitest'
import { ConfirmDialog } from './confirm-dialog'
import type { BulkPreview } from '../lib/bulk-mutation'

afterEach(cleanup)

const PREVIEW: BulkPreview = { message: 'Cancels 412 files of 1 batch run; 3 are running.', unchanged: [], nothing: false }

function open(preview: () => Promise<BulkPreview>, onConfirm = vi.fn(async () => Promise.resolve())) {
  const onClose = vi.fn()
  render(
    <ConfirmDialog title="Cancel run?" verb="Cancel run" danger preview={preview} onConfirm={onConfirm} onClose={onClose} />,
  )
  return { onClose, onConfirm, verb: screen.getByRole('button', { name: 'Cancel run' }) }
}

test('it can be confirmed only after the preview is shown', async () => {
  let resolvePreview: ((preview: BulkPreview) => void) | undefined
  const { onClose, onConfirm, verb } = open(() => new Promise((resolve) => (resolvePreview = resolve)))
  expect(verb).toHaveProperty('disabled', true)
  await waitFor(() => expect(resolvePreview).toBeDefined())
  expect(verb).toHaveProperty('disabled', true)
  resolvePreview?.(PREVIEW)
  await screen.findByText(PREVIEW.message)
  await userEvent.click(verb)
  expect(onConfirm).toHaveBeenCalledOnce()
  expect(onClose).toHaveBeenCalledOnce()
})

test('it cannot be confirmed if it would change nothing, and says why', async () => {
  const { verb } = open(() =>
    Promise.resolve({ message: 'Cancels nothing.', unchanged: [{ id: 'brun-1', message: 'It has ended.' }], nothing: true }),
  )
  await screen.findByText('It has ended.')
  expect(verb).toHaveProperty('disabled', true)
})

test('it shows a failure and stays open', async () => {
  const refused = vi.fn(async () => Promise.reject(new Error('The batch run is gone.')))
  const { onClose, verb } = open(() => Promise.resolve(PREVIEW), refused)
  await screen.findByText(PREVIEW.message)
  await userEvent.click(verb)
  expect((await screen.findByRole('alert')).textContent).toBe('The batch run is gone.')
  expect(onClose).not.toHaveBeenCalled()
})

test('a failed preview can be retried', async () => {
  const preview = vi.fn(async () => Promise.resolve(PREVIEW)).mockRejectedValueOnce(new Error('The database is away.'))
  const { verb } = open(preview)
  expect((await screen.findByRole('alert')).textContent).toBe('The database is away.')
  expect(verb).toHaveProperty('disabled', true)
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }))
  await screen.findByText(PREVIEW.message)
  expect(verb).toHaveProperty('disabled', false)
})
