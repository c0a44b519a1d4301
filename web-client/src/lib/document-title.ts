import { useEffect } from 'react'

/** Of the document: what a tab, a bookmark and the history call the page. */
export function useDocumentTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Chowda`
  }, [title])
}
