import { screen, waitFor } from '@testing-library/react'
import { expect, it, vi } from 'vitest'
import { Refusal, serve, show } from '../../testing/page'
import { EditBatch } from './edit-batch'

const BATCH = {
  id: 'batch-1',
  name: 'News',
  description: null,
  mediaFileCount: 3,
  createdAt: '2026-01-01T12:00:00Z',
  percentFinished: 0,
  percentSuccessful: 0,
  pipeline: { id: 'pipe-1', name: 'Slates' },
  lastRun: null,
}
const NAMED = { PipelineName: () => ({ one: BATCH.pipeline }) }

function open(batch: typeof BATCH | (Omit<typeof BATCH, 'pipeline'> & { pipeline: null }), refusal?: Refusal) {
  const requests = serve({ ...NAMED, UpdateBatch: () => refusal ?? { updateBatch: batch } })
  const onDone = vi.fn()
  const user = show(<EditBatch batch={batch} onClose={() => undefined} onDone={onDone} />)
  return { requests, onDone, save: () => user.click(screen.getByRole('button', { name: 'Save changes' })) }
}

const name = () => screen.getByRole('textbox', { name: 'Name' })

it('replaces the default pipeline but does not remove it', async () => {
  open(BATCH)
  await screen.findByRole('combobox', { name: 'Default pipeline: Slates' })
  expect(screen.queryByRole('button', { name: 'Default pipeline: none' })).toBeNull()
})

it('shows an error about the name beside the name', async () => {
  const refused = open(BATCH, new Refusal("The batch's name is empty.", { code: 'BAD_USER_INPUT' }))
  await refused.save()
  await waitFor(() => expect(name().getAttribute('aria-invalid')).toBe('true'))
  expect(refused.onDone).not.toHaveBeenCalled()
})

it('shows an error that belongs to no field below the form', async () => {
  const { save } = open(BATCH, new Refusal('The pipeline Slates is archived.', { code: 'CONFLICT' }))
  await save()
  expect((await screen.findByRole('alert')).textContent).toBe('The pipeline Slates is archived.')
  expect(name().getAttribute('aria-invalid')).toBeNull()
})
