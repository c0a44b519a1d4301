import { act, cleanup, renderHook, waitFor } from '@testing-library/react'
import { createElement } from 'react'
import { Provider, useQuery } from 'urql'
import { afterEach, expect, test, vi } from 'vitest'
import { client } from './client'
import { graphql } from './graphql'

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

const OneApp = graphql(`query OneApp($id: ID!) { app(id: $id) { id name } }`)
const UNREAD = { data: { app: null }, errors: [{ message: 'The database is away.', extensions: { code: 'INTERNAL' } }] }
const WHISPER = { app: { id: 'app-1', name: 'whisper', __typename: 'ClamsApp' } }

function answer(told: object): void {
  const headers = { 'Content-Type': 'application/json' }
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(JSON.stringify(told), { headers })))
}

function look() {
  const asking = { query: OneApp, variables: { id: 'app-1' }, requestPolicy: 'network-only' } as const
  const wrapper = ({ children }: { children: React.ReactNode }) => createElement(Provider, { value: client }, children)
  const { result } = renderHook(() => useQuery(asking), { wrapper })
  const settled = () => waitFor(() => expect(result.current[0].fetching).toBe(false))
  const again = async () => {
    act(() => result.current[1]({ requestPolicy: 'network-only' }))
    await settled()
  }
  return { seen: () => result.current[0], settled, again }
}

test('what can’t be read is not told to be absent, and does not take away what is looked at', async () => {
  answer(UNREAD)
  const { seen, settled, again } = look()
  await settled()
  expect(seen().data).toBeUndefined()
  expect(seen().error?.message).toContain('The database is away.')

  answer({ data: WHISPER })
  await again()
  answer(UNREAD)
  await again()
  expect(seen().data).toEqual(WHISPER)
  expect(seen().error?.message).toContain('The database is away.')

  answer({ data: { app: null } })
  await again()
  expect(seen().data).toEqual({ app: null })
})

test('who asks anew is not answered with what another was told before', async () => {
  answer({ data: WHISPER })
  await client.query(OneApp, { id: 'app-1' }, { requestPolicy: 'network-only' }).toPromise()
  await new Promise((resolve) => setTimeout(resolve))
  answer(UNREAD)
  const { data, error } = await client.query(OneApp, { id: 'app-1' }, { requestPolicy: 'network-only' }).toPromise()
  expect(data).toBeUndefined()
  expect(error?.message).toContain('The database is away.')
})
