import { act, cleanup, fireEvent, render, screen } from '@testing-library/react'
import { useEffect, useState } from 'react'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { SearchField } from './search-field'

beforeEach(() => void vi.useFakeTimers())

afterEach(() => {
  cleanup()
  vi.useRealTimers()
})

/** A page that re-renders all the time, and sets the searched text as the value after `answerMs`. */
function Page({ found, everyMs, answerMs = 0 }: { found: (text: string) => void; everyMs: number; answerMs?: number }) {
  const [value, setValue] = useState('')
  const [, setTick] = useState(0)
  useEffect(() => {
    const timer = setInterval(() => setTick((tick) => tick + 1), everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
  return (
    <>
      <button type="button" onClick={() => setValue('')}>
        Back
      </button>
      <SearchField
        label="Search"
        value={value}
        onSearch={(text) => {
          found(text)
          setTimeout(() => setValue(text.trim()), answerMs)
        }}
      />
    </>
  )
}

const box = () => screen.getByRole<HTMLInputElement>('searchbox', { name: 'Search' })
const type = (text: string) => fireEvent.change(box(), { target: { value: text } })
const wait = (ms: number) => {
  for (let passed = 0; passed < ms; passed += 50) act(() => void vi.advanceTimersByTime(50))
}

it('searches after a pause, even if the page renders every 50 ms', () => {
  const found = vi.fn()
  render(<Page found={found} everyMs={50} />)
  type('new')
  wait(200)
  type('news')
  wait(200)
  expect(found).not.toHaveBeenCalled()
  wait(150)
  expect(found.mock.calls).toEqual([['news']])
  wait(2_000)
  expect(found).toHaveBeenCalledTimes(1)
})

it('keeps the typed text and a trailing space while the URL updates', () => {
  const found = vi.fn()
  render(<Page found={found} everyMs={1_000} answerMs={100} />)
  type('news')
  wait(350)
  type('news r')
  wait(100)
  expect(box().value).toBe('news r')
  wait(350)
  expect(found.mock.lastCall).toEqual(['news r'])
  type('news ')
  wait(1_000)
  expect(box().value).toBe('news ')
})

it('follows a URL that changes for another reason', () => {
  render(<Page found={() => undefined} everyMs={1_000} />)
  type('news')
  wait(1_000)
  fireEvent.click(screen.getByRole('button', { name: 'Back' }))
  expect(box().value).toBe('')
})
