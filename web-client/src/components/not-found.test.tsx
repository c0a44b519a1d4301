import { screen } from '@testing-library/react'
import { expect, test } from 'vitest'
import { openPage } from '../testing/page'

test('a page that is not there has its own title', async () => {
  document.title = 'Media · Chowda'
  openPage('/no-such-place', {})
  await screen.findByRole('heading', { name: 'There is nothing here' })
  expect(document.title).toBe('There is nothing here · Chowda')
})
