import { cleanup, render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { useState } from 'react'
import { afterEach, expect, it } from 'vitest'
import type { Retry } from '../../components/steps/pipeline-draft'
import { RetryForm } from './retry-form'

afterEach(cleanup)

it('uses default retries until customized, and shows an invalid number beside its field', async () => {
  const result: { retry: Retry | null } = { retry: null }
  function Form() {
    const [retry, setRetry] = useState<Retry | null>(null)
    result.retry = retry
    return <RetryForm retry={retry} onChange={setRetry} />
  }
  render(<Form />)
  await userEvent.click(screen.getByRole('radio', { name: /Custom retries/ }))
  expect(result.retry).toEqual({ attempts: 3, codes: null })
  const calls = screen.getByRole('textbox', { name: 'Maximum calls' })
  await userEvent.clear(calls)
  await userEvent.type(calls, '500')
  expect(screen.getByText('Enter a whole number from 1 to 100.')).toBeDefined()
  await userEvent.clear(calls)
  await userEvent.type(calls, '7')
  expect(screen.queryByText('Enter a whole number from 1 to 100.')).toBeNull()
  await userEvent.click(screen.getByRole('checkbox', { name: /App error/ }))
  expect(result.retry?.attempts).toBe(7)
  expect(result.retry?.codes).toContain('APP_ERROR')
  expect(result.retry?.codes).toContain('APP_BUSY')
  await userEvent.click(screen.getByRole('radio', { name: /Default retries/ }))
  expect(result.retry).toBeNull()
})
