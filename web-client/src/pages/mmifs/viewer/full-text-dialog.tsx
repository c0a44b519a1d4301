import { useEffect, useState } from 'react'
import { Dialog } from '../../../components/dialog'
import { Loading } from '../../../components/loading'
import { formatCount } from '../../../lib/format'
import type { Path } from './mmif-document'
import type { MmifReader } from './mmif-reader'
import styles from './full-text-dialog.module.css'

interface FullTextDialogProps {
  reader: MmifReader
  path: Path
  onClose: () => void
}

/** A text that is too long for its row. */
export function FullTextDialog({ reader, path, onClose }: FullTextDialogProps) {
  const [found, setFound] = useState<{ text: string; length: number } | null>(null)
  useEffect(() => {
    let gone = false
    void reader.ask('text', path).then((answer) => !gone && setFound(answer))
    return () => {
      gone = true
    }
  }, [reader, path])
  const cut = found !== null && found.text.length < found.length
  return (
    <Dialog
      open
      wide
      onClose={onClose}
      title="The whole text"
      about={
        found &&
        `${formatCount(found.length)} characters.${cut ? ` The first ${formatCount(found.text.length)} are shown; the download holds all.` : ''}`
      }
    >
      {found ? <p className={styles.text}>{found.text}</p> : <Loading label="Loading the text …" />}
    </Dialog>
  )
}
