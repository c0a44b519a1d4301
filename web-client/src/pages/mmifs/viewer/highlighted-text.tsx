import { Fragment } from 'react'
import { searchPattern } from './json-search'

/** A text with each match of the search term highlighted. */
export function HighlightedText({ text, find }: { text: string; find: string }) {
  if (find === '') return text
  return text.split(new RegExp(`(${searchPattern(find).source})`, 'i')).map((part, index) => (
    <Fragment key={index}>{index % 2 === 1 ? <mark>{part}</mark> : part}</Fragment>
  ))
}
