import { afterEach, expect, test, vi } from 'vitest'
import { StoredChoice } from './stored-choice'

afterEach(() => {
  vi.unstubAllGlobals()
})

const colour = () =>
  new StoredChoice<'red' | 'blue'>('test-colour', 'red', (value): value is 'red' | 'blue' => ['red', 'blue'].includes(value))

test('a choice is stored', () => {
  colour().set('blue')
  expect(colour().get()).toBe('blue')
})

test('without browser storage, a choice lasts until the page is closed', () => {
  const refuse = () => {
    throw new DOMException('The operation is insecure.', 'SecurityError')
  }
  vi.stubGlobal('localStorage', { getItem: refuse, setItem: refuse })
  const choice = colour()
  expect(choice.get()).toBe('red')
  const seen: string[] = []
  choice.watch(() => seen.push(choice.get()))
  choice.set('blue')
  expect(seen).toEqual(['blue'])
})
