import { screen } from '@testing-library/react'
import { expect, it } from 'vitest'
import { show } from '../testing/page'
import { ZipButton } from './zip-button'

const named = (many: number) => Array.from({ length: many }, (_, number) => `batch-${100_000 + number}`)

it('downloads the selected items', () => {
  show(<ZipButton noun="batch" ids={['batch-1', 'batch-2']}>Results</ZipButton>)
  expect(screen.getByRole('link', { name: 'Results' }).getAttribute('href')).toBe('/mmif.zip?batch=batch-1&batch=batch-2')
})

it('names the most that fit if the URL would be too long', () => {
  show(<ZipButton noun="batch" ids={named(2_000)}>Results</ZipButton>)
  expect(screen.queryByRole('link')).toBeNull()
  const most = Number(/at most ([\d,]+)/.exec(screen.getByText(/select at most/).textContent)?.[1])
  show(<ZipButton noun="batch" ids={named(most)}>Results</ZipButton>)
  expect(screen.getByRole('link').getAttribute('href')?.length).toBeLessThanOrEqual(8_000)
})
