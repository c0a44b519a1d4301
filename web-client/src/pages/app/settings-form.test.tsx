import { cleanup, render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { CombinedError, Provider, type Client, type Operation } from 'urql'
import { afterEach, expect, it } from 'vitest'
import { fromValue } from 'wonka'
import { SettingsForm } from './settings-form'

afterEach(cleanup)

const APP = { id: 'app-1', name: 'scenes', endpoint: 'http://one:5000', maxConcurrency: 2, timeoutSeconds: 1800 }

/** A Chowda that refuses with a message, or takes everything; what it was asked is kept. */
function chowda(refusal: string | null) {
  const asked: unknown[] = []
  const answer = () =>
    refusal === null
      ? { data: { updateApp: { id: 'app-1', name: 'scenes' } } }
      : { error: new CombinedError({ graphQLErrors: [{ message: refusal, extensions: { code: 'CONFLICT' } }] }) }
  const client = {
    mutation: (_: unknown, variables: unknown) => {
      asked.push(variables)
      return { toPromise: () => Promise.resolve(answer()) }
    },
    executeQuery: (operation: Operation) => fromValue({ operation, data: null, stale: false, hasNext: false }),
  }
  return { asked, client: client as unknown as Client }
}

function shown(client: Client) {
  let changes = 0
  render(
    <Provider value={client}>
      <SettingsForm app={APP} onChanged={() => (changes += 1)} />
    </Provider>,
  )
  return () => changes
}

it('sends what was changed and nothing else', async () => {
  const { asked, client } = chowda(null)
  const changes = shown(client)
  expect(screen.getByRole('button', { name: 'Save' })).toHaveProperty('disabled', true)
  const hours = screen.getByRole('textbox', { name: 'Hours for one call' })
  expect(hours).toHaveProperty('value', '0.5')
  await userEvent.clear(hours)
  await userEvent.type(hours, '2')
  await userEvent.click(screen.getByRole('button', { name: 'Save' }))
  expect(asked).toEqual([{ id: 'app-1', input: { timeoutSeconds: 7200 } }])
  expect(changes()).toBe(1)
})

it('tells what is no limit beside the field, without asking', async () => {
  const { asked, client } = chowda(null)
  shown(client)
  const field = screen.getByRole('textbox', { name: 'Calls at once' })
  await userEvent.clear(field)
  await userEvent.type(field, 'many')
  await userEvent.click(screen.getByRole('button', { name: 'Save' }))
  expect(screen.getByText('“many” is no whole number from 1 to 1000.')).toBeDefined()
  expect(field.getAttribute('aria-invalid')).toBe('true')
  expect(asked).toEqual([])
})

it.each([
  ['Another app has the name ‘ocr’: give this one a name of its own.', 'Name'],
  ['http://one:5000 can’t be reached: connection refused.', 'Address'],
])('puts the refusal “%s” beside the field %s', async (message, label) => {
  const { client } = chowda(message)
  const changes = shown(client)
  await userEvent.type(screen.getByRole('textbox', { name: 'Name' }), 'x')
  await userEvent.click(screen.getByRole('button', { name: 'Save' }))
  await screen.findByText(message)
  expect(screen.getByRole('textbox', { name: label }).getAttribute('aria-invalid')).toBe('true')
  expect(changes()).toBe(0)
})
