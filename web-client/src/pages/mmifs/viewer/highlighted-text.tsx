import { Fragment } from 'react'
import { patternOf } from './json-search'

/** A text in which what was searched for is marked. */
export function HighlightedText({ text, find }: { text: string; find: string }) {
  if (find === '') return text
  return text.split(new RegExp(`(${patternOf(find).source})`, 'i')).map((part, index) => (
    <Fragment key={index}>{index % 2 === 1 ? <mark>{part}</mark> : part}</Fragment>
  ))
}
