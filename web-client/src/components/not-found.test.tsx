import { screen } from '@testing-library/react'
import { expect, test } from 'vitest'
import { openPage, Refusal } from '../testing/page'

test('an unknown page has its own title', async () => {
  document.title = 'Media · Chowda'
  openPage('/no-such-place', {})
  await screen.findByRole('heading', { name: 'Page not found' })
  expect(document.title).toBe('Page not found · Chowda')
})

test('a page that fails to load does not keep the previous title', async () => {
  document.title = 'Media · Chowda'
  openPage('/apps/app-1', { App: () => new Refusal('Chowda’s database can’t be reached just now.', { code: 'INTERNAL' }) })
  await screen.findByRole('alert')
  expect(screen.getByRole('heading', { level: 1 }).textContent).toBe('App')
  expect(document.title).toBe('App · Chowda')
})
