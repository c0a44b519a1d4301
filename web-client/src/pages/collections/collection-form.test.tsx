import { screen, waitFor } from '@testing-library/react'
import { expect, it } from 'vitest'
import { Refusal, serve, show } from '../../testing/page'
import { CollectionForm } from './collection-form'

function open(message: string) {
  serve({ CreateCollection: () => new Refusal(message, { code: 'CONFLICT' }) })
  return show(<CollectionForm onClose={() => undefined} onDone={() => undefined} />)
}

const name = () => screen.getByRole('textbox', { name: 'Name' })

it('tells beside the name that it is taken', async () => {
  const user = open("A collection named 'News' already exists. Choose another name.")
  await user.type(name(), 'News')
  await user.click(screen.getByRole('button', { name: 'Make it' }))
  await waitFor(() => expect(name().getAttribute('aria-invalid')).toBe('true'))
})

it('tells below the form what is about none of its fields', async () => {
  const user = open('Chowda’s database is away.')
  await user.type(name(), 'News')
  await user.click(screen.getByRole('button', { name: 'Make it' }))
  expect((await screen.findByRole('alert')).textContent).toBe('Chowda’s database is away.')
  expect(name().getAttribute('aria-invalid')).toBeNull()
})
