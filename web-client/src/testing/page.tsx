/** Renders pages of the client in tests, with a fake server. */
import { createMemoryHistory, createRouter, RouterProvider } from '@tanstack/react-router'
import { cleanup, render } from '@testing-library/react'
import { userEvent, type UserEvent } from '@testing-library/user-event'
import type { ReactElement } from 'react'
import { afterEach, vi } from 'vitest'
import { Provider } from 'urql'
import { client } from '../lib/client'
import { parseSearch, stringifySearch } from '../lib/search-params'
import { routeTree } from '../pages'

type Variables = Record<string, unknown>

/** Functions that return the data of an operation, by operation name. An operation without one fails the test. */
export type Answers = Record<string, (variables: Variables) => unknown>

export interface ReceivedRequest {
  operation: string
  variables: Variables
}

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

/** A socket that never opens. */
class SilentSocket extends EventTarget {
  static readonly CONNECTING = 0
  static readonly OPEN = 1
  static readonly CLOSING = 2
  static readonly CLOSED = 3
  readonly readyState = SilentSocket.CONNECTING
  close = () => undefined
}

/** Fakes the server. Returns a function that returns the variables of the requests for an operation. */
export function serve(answers: Answers) {
  const requests: ReceivedRequest[] = []
  vi.stubGlobal('WebSocket', SilentSocket)
  vi.stubGlobal('fetch', async (_: unknown, { body }: { body: string }) => {
    const { operationName, variables = {} } = JSON.parse(body) as { operationName: string; variables?: Variables }
    requests.push({ operation: operationName, variables })
    const answer = answers[operationName]
    if (!answer) throw new Error(`No answer is defined for ${operationName}.`)
    const data = await answer(variables)
    const result = data instanceof Refusal ? { errors: [data] } : { data }
    return new Response(JSON.stringify(result), { headers: { 'Content-Type': 'application/json' } })
  })
  return (operation: string) => requests.filter((each) => each.operation === operation).map(({ variables }) => variables)
}

/** Renders a part of a page with the client. */
export function show(part: ReactElement): UserEvent {
  render(<Provider value={client}>{part}</Provider>)
  return userEvent.setup()
}

export function openPage(address: string, answers: Answers) {
  const asked = serve(answers)
  const history = createMemoryHistory({ initialEntries: [address] })
  const router = createRouter({ routeTree, history, parseSearch, stringifySearch })
  return {
    user: show(<RouterProvider router={router} />),
    asked,
    address: () => history.location.href,
    back: () => history.back(),
  }
}

/** An API error. */
export class Refusal {
  readonly message: string
  readonly extensions: Record<string, unknown>

  constructor(message: string, extensions: Record<string, unknown>) {
    this.message = message
    this.extensions = extensions
  }
}
