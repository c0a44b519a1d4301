import { expect, it } from 'vitest'
import { moveStep, newStep, sameSteps } from './pipeline-draft'

it('moves a step to a position, up or down', () => {
  const steps = ['a', 'b', 'c'].map((app) => newStep(app))
  const order = (of: typeof steps) => of.map(({ appId }) => appId).join('')
  const [first, , last] = steps
  expect(order(moveStep(steps, first?.key ?? '', 2))).toBe('bca')
  expect(order(moveStep(steps, last?.key ?? '', 0))).toBe('cab')
  expect(order(moveStep(steps, 'unknown', 0))).toBe('abc')
})

it('sameSteps compares apps, parameters and retries, whatever the key order', () => {
  const steps = [newStep('a', { x: 1, y: { k: 'v', w: 'u' } }), newStep('b', {}, { attempts: 2, codes: null })]
  expect(sameSteps(steps, [newStep('a', { y: { w: 'u', k: 'v' }, x: 1 }), newStep('b', {}, { codes: null, attempts: 2 })])).toBe(true)
  expect(sameSteps(steps, [...steps].reverse())).toBe(false)
  expect(sameSteps(steps, [newStep('a', { x: 1, y: { k: 'v', w: 'other' } }), newStep('b', {}, { attempts: 2, codes: null })])).toBe(false)
  expect(sameSteps(steps, steps.slice(0, 1))).toBe(false)
})
