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
const DATABASE_ERROR = { data: { app: null }, errors: [{ message: 'The database is unavailable.', extensions: { code: 'INTERNAL' } }] }
const WHISPER = { app: { id: 'app-1', name: 'whisper', __typename: 'ClamsApp' } }

function respond(body: object): void {
  const headers = { 'Content-Type': 'application/json' }
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(JSON.stringify(body), { headers })))
}

function renderQuery() {
  const request = { query: OneApp, variables: { id: 'app-1' }, requestPolicy: 'network-only' } as const
  const wrapper = ({ children }: { children: React.ReactNode }) => createElement(Provider, { value: client }, children)
  const { result } = renderHook(() => useQuery(request), { wrapper })
  const settled = () => waitFor(() => expect(result.current[0].fetching).toBe(false))
  const refetch = async () => {
    act(() => result.current[1]({ requestPolicy: 'network-only' }))
    await settled()
  }
  return { current: () => result.current[0], settled, refetch }
}

test('an error does not count as absent data, and keeps the data that was read', async () => {
  respond(DATABASE_ERROR)
  const { current, settled, refetch } = renderQuery()
  await settled()
  expect(current().data).toBeUndefined()
  expect(current().error?.message).toContain('The database is unavailable.')

  respond({ data: WHISPER })
  await refetch()
  respond(DATABASE_ERROR)
  await refetch()
  expect(current().data).toEqual(WHISPER)
  expect(current().error?.message).toContain('The database is unavailable.')

  respond({ data: { app: null } })
  await refetch()
  expect(current().data).toEqual({ app: null })
})

test('a new query does not get the data of an earlier one after an error', async () => {
  respond({ data: WHISPER })
  await client.query(OneApp, { id: 'app-1' }, { requestPolicy: 'network-only' }).toPromise()
  await new Promise((resolve) => setTimeout(resolve))
  respond(DATABASE_ERROR)
  const { data, error } = await client.query(OneApp, { id: 'app-1' }, { requestPolicy: 'network-only' }).toPromise()
  expect(data).toBeUndefined()
  expect(error?.message).toContain('The database is unavailable.')
})
