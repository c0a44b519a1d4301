/** A page of the client as a person has it, with a server that answers as it is told. */
import { createMemoryHistory, createRouter, RouterProvider } from '@tanstack/react-router'
import { cleanup, render } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { afterEach, vi } from 'vitest'
import { Provider } from 'urql'
import { client } from '../lib/client'
import { parseSearch, stringifySearch } from '../lib/search'
import { routeTree } from '../pages'

type Variables = Record<string, unknown>

/** By the operation's name; what it gives is the answer's data. An operation that is not named here fails the test. */
export type Answers = Record<string, (variables: Variables) => unknown>

export interface Asked {
  operation: string
  variables: Variables
}

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

/** Never opens: what is live is tested elsewhere. */
class SilentSocket extends EventTarget {
  static readonly CONNECTING = 0
  static readonly OPEN = 1
  static readonly CLOSING = 2
  static readonly CLOSED = 3
  readonly readyState = SilentSocket.CONNECTING
  close = () => undefined
}

export function openPage(address: string, answers: Answers) {
  const asked: Asked[] = []
  vi.stubGlobal('WebSocket', SilentSocket)
  vi.stubGlobal('fetch', (_: unknown, { body }: { body: string }) => {
    const { operationName, variables = {} } = JSON.parse(body) as { operationName: string; variables?: Variables }
    asked.push({ operation: operationName, variables })
    const answer = answers[operationName]
    if (!answer) throw new Error(`Nobody said how ${operationName} is answered.`)
    const data = answer(variables)
    const told = data instanceof Refusal ? { errors: [data] } : { data }
    return Promise.resolve(new Response(JSON.stringify(told), { headers: { 'Content-Type': 'application/json' } }))
  })
  const history = createMemoryHistory({ initialEntries: [address] })
  const router = createRouter({ routeTree, history, parseSearch, stringifySearch })
  render(
    <Provider value={client}>
      <RouterProvider router={router} />
    </Provider>,
  )
  return {
    user: userEvent.setup(),
    asked: (operation: string) => asked.filter((each) => each.operation === operation).map(({ variables }) => variables),
    address: () => history.location.href,
    back: () => history.back(),
  }
}

/** An error of the API. */
export class Refusal {
  readonly message: string
  readonly extensions: Record<string, unknown>

  constructor(message: string, extensions: Record<string, unknown>) {
    this.message = message
    this.extensions = extensions
  }
}
