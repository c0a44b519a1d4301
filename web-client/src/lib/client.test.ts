import { afterEach, expect, test, vi } from 'vitest'
import { client } from './client'
import { graphql } from './graphql'

afterEach(() => {
  vi.unstubAllGlobals()
})

const OneApp = graphql(`query OneApp($id: ID!) { app(id: $id) { id name } }`)
const AWAY = { message: 'Chowda’s database can’t be reached just now.', extensions: { code: 'INTERNAL' } }

function answer(told: object): void {
  const headers = { 'Content-Type': 'application/json' }
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(JSON.stringify(told), { headers })))
}

const ask = (id: string) => client.query(OneApp, { id }, { requestPolicy: 'network-only' }).toPromise()

test('what can’t be read is not told to be absent, and does not take away what was read before', async () => {
  answer({ data: { app: null }, errors: [AWAY] })
  const unread = await ask('app-1')
  expect(unread.data).toBeUndefined()
  expect(unread.error?.message).toContain(AWAY.message)

  answer({ data: { app: { id: 'app-1', name: 'whisper' } } })
  await ask('app-1')
  answer({ data: { app: null }, errors: [AWAY] })
  const again = await ask('app-1')
  expect(again.data?.app?.name).toBe('whisper')
  expect(again.error?.message).toContain(AWAY.message)

  answer({ data: { app: null } })
  expect((await ask('app-1')).data).toEqual({ app: null })
})
