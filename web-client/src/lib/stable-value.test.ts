import { renderHook } from '@testing-library/react'
import { expect, test } from 'vitest'
import { useStableValue } from './stable-value'

test('an equal value keeps its identity', () => {
  const first = { id: 'a', counts: [1, 2] }
  const { result, rerender } = renderHook(useStableValue<typeof first>, { initialProps: first })
  rerender({ id: 'a', counts: [1, 2] })
  expect(result.current).toBe(first)
  rerender({ id: 'a', counts: [1, 3] })
  expect(result.current).toEqual({ id: 'a', counts: [1, 3] })
  const third = result.current
  rerender({ id: 'a', counts: [1, 3] })
  expect(result.current).toBe(third)
})
