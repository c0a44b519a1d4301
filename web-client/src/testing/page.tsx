/** A page of the client as a person has it, with a server that answers as it is told. */
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

/** A server that answers so; what it was asked. */
export function serve(answers: Answers) {
  const asked: Asked[] = []
  vi.stubGlobal('WebSocket', SilentSocket)
  vi.stubGlobal('fetch', async (_: unknown, { body }: { body: string }) => {
    const { operationName, variables = {} } = JSON.parse(body) as { operationName: string; variables?: Variables }
    asked.push({ operation: operationName, variables })
    const answer = answers[operationName]
    if (!answer) throw new Error(`Nobody said how ${operationName} is answered.`)
    const data = await answer(variables)
    const told = data instanceof Refusal ? { errors: [data] } : { data }
    return new Response(JSON.stringify(told), { headers: { 'Content-Type': 'application/json' } })
  })
  return (operation: string) => asked.filter((each) => each.operation === operation).map(({ variables }) => variables)
}

/** A part of a page, which asks that server. */
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

/** An error of the API. */
export class Refusal {
  readonly message: string
  readonly extensions: Record<string, unknown>

  constructor(message: string, extensions: Record<string, unknown>) {
    this.message = message
    this.extensions = extensions
  }
}
