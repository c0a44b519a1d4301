import { cleanup, render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { useState } from 'react'
import { afterEach, expect, it } from 'vitest'
import type { Checks } from '../../components/steps/checks'
import { moved, newStep } from '../../components/steps/draft'
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

function List({ checks }: { checks: Checks }) {
  const [steps, setSteps] = useState(() => [newStep('a'), newStep('b'), newStep('a', { rate: 1 })])
  return (
    <StepList
      steps={steps}
      apps={APPS}
      checks={checks}
      chosen={null}
      onChoose={() => undefined}
      onMove={(key, to) => setSteps((known) => moved(known, key, to))}
      onCopy={() => undefined}
      onRemove={(key) => setSteps((known) => known.filter((step) => step.key !== key))}
    />
  )
}

const UNCHECKED: Checks = { found: new Map(), current: false, failure: null }

function order(): string[] {
  return screen.getAllByRole('button', { name: /^Step \d/ }).map((step) => step.getAttribute('aria-label') ?? '')
}

it('moves a step with the arrow keys, keeps the focus on it and says where it is', async () => {
  render(<List checks={UNCHECKED} />)
  screen.getByRole('button', { name: 'Move step 2 of 3, ocr' }).focus()
  await userEvent.keyboard('{ArrowDown}')
  expect(order()).toEqual(['Step 1: scenes', 'Step 2: scenes', 'Step 3: ocr'])
  expect(screen.getByRole('status').textContent).toBe('ocr is step 3 of 3 now.')
  expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Move step 3 of 3, ocr' }))
  await userEvent.keyboard('{ArrowDown}')
  expect(screen.getByRole('status').textContent).toBe('ocr stays: it is the last step.')
  await userEvent.keyboard('{Home}')
  expect(order()).toEqual(['Step 1: ocr', 'Step 2: scenes', 'Step 3: scenes'])
  expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Move step 1 of 3, ocr' }))
})

it('removes one of two steps of the same app, and no other', async () => {
  render(<List checks={UNCHECKED} />)
  await userEvent.click(screen.getByRole('button', { name: 'Remove step 1, scenes' }))
  expect(order()).toEqual(['Step 1: ocr', 'Step 2: scenes'])
  expect(screen.getByText('1 parameter given')).toBeDefined()
})
