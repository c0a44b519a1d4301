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

/** Shows a text that is too long for its row. */
export function FullTextDialog({ reader, path, onClose }: FullTextDialogProps) {
  const [loaded, setLoaded] = useState<{ text: string; length: number } | null>(null)
  useEffect(() => {
    let canceled = false
    void reader.call('text', path).then((answer) => !canceled && setLoaded(answer))
    return () => {
      canceled = true
    }
  }, [reader, path])
  const cut = loaded !== null && loaded.text.length < loaded.length
  return (
    <Dialog
      open
      wide
      onClose={onClose}
      title="Full text"
      about={
        loaded &&
        `${formatCount(loaded.length)} characters.${cut ? ` The first ${formatCount(loaded.text.length)} are shown. Download the MMIF to read all.` : ''}`
      }
    >
      {loaded ? <p className={styles.text}>{loaded.text}</p> : <Loading label="Loading the text …" />}
    </Dialog>
  )
}
