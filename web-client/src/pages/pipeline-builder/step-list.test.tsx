import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { useState } from 'react'
import { afterEach, describe, expect, it } from 'vitest'
import type { StepChecks } from '../../components/steps/step-checks'
import { moveStep, newStep } from '../../components/steps/pipeline-draft'
import type { AppsById, BuilderApp } from './builder-apps'
import { StepList } from './step-list'

afterEach(cleanup)

function app(id: string, name: string): BuilderApp {
  return {
    id,
    name,
    identifier: `http://apps.clams.ai/${name}/v1`,
    version: 'v1',
    description: null,
    endpoint: null,
    active: true,
    circuit: null,
    health: { status: 'NO_ENDPOINT' },
    inputs: [],
    outputs: [{ name: 'TimeFrame' }],
    parameters: [],
  }
}

const APPS: AppsById = new Map([
  ['a', app('a', 'scenes')],
  ['b', app('b', 'ocr')],
])

function List({ checks }: { checks: StepChecks }) {
  const [steps, setSteps] = useState(() => [newStep('a'), newStep('b'), newStep('a', { rate: 1 })])
  return (
    <StepList
      steps={steps}
      apps={APPS}
      checks={checks}
      chosen={null}
      onChoose={() => undefined}
      onMove={(key, to) => setSteps((known) => moveStep(known, key, to))}
      onCopy={() => undefined}
      onRemove={(key) => setSteps((known) => known.filter((step) => step.key !== key))}
    />
  )
}

const UNCHECKED: StepChecks = { found: new Map(), current: false, failure: null }

function order(): string[] {
  return screen.getAllByRole('button', { name: /^Step \d/ }).map((step) => step.getAttribute('aria-label') ?? '')
}

it('moves a step with the arrow keys, keeps its focus and announces its position', async () => {
  render(<List checks={UNCHECKED} />)
  screen.getByRole('button', { name: 'Move step 2 of 3, ocr' }).focus()
  await userEvent.keyboard('{ArrowDown}')
  expect(order()).toEqual(['Step 1: scenes', 'Step 2: scenes', 'Step 3: ocr'])
  expect(screen.getByRole('status').textContent).toBe('ocr is now step 3 of 3.')
  expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Move step 3 of 3, ocr' }))
  await userEvent.keyboard('{ArrowDown}')
  expect(screen.getByRole('status').textContent).toBe('ocr is already the last step.')
  await userEvent.keyboard('{Home}')
  expect(order()).toEqual(['Step 1: ocr', 'Step 2: scenes', 'Step 3: scenes'])
  expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Move step 1 of 3, ocr' }))
})

it('removes one of two steps of the same app, and keeps the other', async () => {
  render(<List checks={UNCHECKED} />)
  await userEvent.click(screen.getByRole('button', { name: 'Remove step 1, scenes' }))
  expect(order()).toEqual(['Step 1: ocr', 'Step 2: scenes'])
  expect(screen.getByText('1 parameter set')).toBeDefined()
})

describe('a step that is dragged', () => {
  const HEIGHT = 100

  /** Sets the positions of the cards: the test environment has no layout. */
  function stack() {
    for (const [at, step] of screen.getAllByRole('button', { name: /^Step \d/ }).entries()) {
      const card = step.closest('li')
      if (card) card.getBoundingClientRect = () => new DOMRect(0, at * HEIGHT, 400, HEIGHT)
    }
  }

  const grab = (name: string) => fireEvent.pointerDown(screen.getByRole('button', { name }), { button: 0 })
  const moveTo = (place: number) => {
    stack()
    fireEvent.pointerMove(window, { clientY: (place - 0.5) * HEIGHT })
  }

  it('follows the pointer, stays where it is dropped, and announces its position', () => {
    render(<List checks={UNCHECKED} />)
    grab('Move step 2 of 3, ocr')
    moveTo(3)
    expect(order()).toEqual(['Step 1: scenes', 'Step 2: scenes', 'Step 3: ocr'])
    moveTo(1)
    fireEvent.pointerUp(window)
    expect(order()).toEqual(['Step 1: ocr', 'Step 2: scenes', 'Step 3: scenes'])
    expect(screen.getByRole('status').textContent).toBe('ocr is now step 1 of 3.')
    moveTo(3)
    expect(order()[0]).toBe('Step 1: ocr')
  })

  it('returns to its position with Escape', () => {
    render(<List checks={UNCHECKED} />)
    grab('Move step 2 of 3, ocr')
    moveTo(3)
    fireEvent.keyDown(window, { key: 'Escape' })
    expect(order()).toEqual(['Step 1: scenes', 'Step 2: ocr', 'Step 3: scenes'])
    moveTo(3)
    expect(order()).toEqual(['Step 1: scenes', 'Step 2: ocr', 'Step 3: scenes'])
  })
})
