import { cleanup, render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { CombinedError, Provider, type Client, type Operation } from 'urql'
import { afterEach, expect, it } from 'vitest'
import { fromValue } from 'wonka'
import { SettingsForm } from './settings-form'

afterEach(cleanup)

const APP = { id: 'app-1', name: 'scenes', endpoint: 'http://one:5000', maxConcurrency: 2, timeoutSeconds: 1800 }

/** A fake server that refuses with a message, or accepts everything. It records the mutations. */
function fakeServer(refusal: string | null) {
  const sent: unknown[] = []
  const answer = () =>
    refusal === null
      ? { data: { updateApp: { id: 'app-1', name: 'scenes' } } }
      : { error: new CombinedError({ graphQLErrors: [{ message: refusal, extensions: { code: 'CONFLICT' } }] }) }
  const client = {
    mutation: (_: unknown, variables: unknown) => {
      sent.push(variables)
      return { toPromise: () => Promise.resolve(answer()) }
    },
    executeQuery: (operation: Operation) => fromValue({ operation, data: null, stale: false, hasNext: false }),
  }
  return { sent, client: client as unknown as Client }
}

function renderForm(client: Client) {
  let changes = 0
  render(
    <Provider value={client}>
      <SettingsForm app={APP} onChanged={() => (changes += 1)} />
    </Provider>,
  )
  return () => changes
}

it('sends only changed settings', async () => {
  const { sent, client } = fakeServer(null)
  const changes = renderForm(client)
  expect(screen.getByRole('button', { name: 'Save' })).toHaveProperty('disabled', true)
  const hours = screen.getByRole('textbox', { name: 'Hours per call' })
  expect(hours).toHaveProperty('value', '0.5')
  await userEvent.clear(hours)
  await userEvent.type(hours, '2')
  await userEvent.click(screen.getByRole('button', { name: 'Save' }))
  expect(sent).toEqual([{ id: 'app-1', input: { timeoutSeconds: 7200 } }])
  expect(changes()).toBe(1)
})

it('shows an invalid limit beside its field, without a request', async () => {
  const { sent, client } = fakeServer(null)
  renderForm(client)
  const field = screen.getByRole('textbox', { name: 'Concurrent calls' })
  await userEvent.clear(field)
  await userEvent.type(field, 'many')
  await userEvent.click(screen.getByRole('button', { name: 'Save' }))
  expect(screen.getByText('Enter a whole number from 1 to 1000, not “many”.')).toBeDefined()
  expect(field.getAttribute('aria-invalid')).toBe('true')
  expect(sent).toEqual([])
})

it.each([
  ['Another app has the name ‘ocr’: give this one a name of its own.', 'Name'],
  ['http://one:5000 can’t be reached: connection refused.', 'Address'],
])('shows the error “%s” beside the field %s', async (message, label) => {
  const { client } = fakeServer(message)
  const changes = renderForm(client)
  await userEvent.type(screen.getByRole('textbox', { name: 'Name' }), 'x')
  await userEvent.click(screen.getByRole('button', { name: 'Save' }))
  await screen.findByText(message)
  expect(screen.getByRole('textbox', { name: label }).getAttribute('aria-invalid')).toBe('true')
  expect(changes()).toBe(0)
})
