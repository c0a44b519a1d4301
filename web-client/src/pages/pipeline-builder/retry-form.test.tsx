import { cleanup, render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { useState } from 'react'
import { afterEach, expect, it } from 'vitest'
import type { Retry } from '../../components/steps/pipeline-draft'
import { RetryForm } from './retry-form'

afterEach(cleanup)

it('is as usual until a step needs its own, and says beside the field what is no number of calls', async () => {
  const given: { retry: Retry | null } = { retry: null }
  function Held() {
    const [retry, setRetry] = useState<Retry | null>(null)
    given.retry = retry
    return <RetryForm retry={retry} onChange={setRetry} />
  }
  render(<Held />)
  await userEvent.click(screen.getByRole('radio', { name: /As this step needs it/ }))
  expect(given.retry).toEqual({ attempts: 3, codes: null })
  const calls = screen.getByRole('textbox', { name: 'Calls in all' })
  await userEvent.clear(calls)
  await userEvent.type(calls, '500')
  expect(screen.getByText('A whole number from 1 to 100.')).toBeDefined()
  await userEvent.clear(calls)
  await userEvent.type(calls, '7')
  expect(screen.queryByText('A whole number from 1 to 100.')).toBeNull()
  await userEvent.click(screen.getByRole('checkbox', { name: 'The app said that it failed' }))
  expect(given.retry?.attempts).toBe(7)
  expect(given.retry?.codes).toContain('APP_ERROR')
  expect(given.retry?.codes).toContain('APP_BUSY')
  await userEvent.click(screen.getByRole('radio', { name: /As usual/ }))
  expect(given.retry).toBeNull()
})
