import { screen } from '@testing-library/react'
import { expect, test } from 'vitest'
import { openPage, Refusal } from '../testing/page'

test('a page that is not there has its own title', async () => {
  document.title = 'Media · Chowda'
  openPage('/no-such-place', {})
  await screen.findByRole('heading', { name: 'There is nothing here' })
  expect(document.title).toBe('There is nothing here · Chowda')
})

test('nor does a page that can’t be read keep the title of the one before', async () => {
  document.title = 'Media · Chowda'
  openPage('/apps/app-1', { App: () => new Refusal('Chowda’s database can’t be reached just now.', { code: 'INTERNAL' }) })
  await screen.findByRole('alert')
  expect(screen.getByRole('heading', { level: 1 }).textContent).toBe('App')
  expect(document.title).toBe('App · Chowda')
})
