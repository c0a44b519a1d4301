import { screen, waitFor } from '@testing-library/react'
import { expect, it } from 'vitest'
import { Refusal, serve, show } from '../../testing/page'
import { CollectionForm } from './collection-form'

function open(message: string) {
  serve({ CreateCollection: () => new Refusal(message, { code: 'CONFLICT' }) })
  return show(<CollectionForm onClose={() => undefined} onDone={() => undefined} />)
}

const name = () => screen.getByRole('textbox', { name: 'Name' })

it('shows beside the name that the name is taken', async () => {
  const user = open("A collection named 'News' already exists. Choose another name.")
  await user.type(name(), 'News')
  await user.click(screen.getByRole('button', { name: 'Create' }))
  await waitFor(() => expect(name().getAttribute('aria-invalid')).toBe('true'))
})

it('shows an error that belongs to no field below the form', async () => {
  const user = open('Chowda’s database is unavailable.')
  await user.type(name(), 'News')
  await user.click(screen.getByRole('button', { name: 'Create' }))
  expect((await screen.findByRole('alert')).textContent).toBe('Chowda’s database is unavailable.')
  expect(name().getAttribute('aria-invalid')).toBeNull()
})
