import { FileUp } from 'lucide-react'
import { useRef, useState, type ReactNode } from 'react'
import { Button } from './button'
import styles from './file-drop.module.css'

interface FileDropProps {
  /** What it takes: "a CSV or text file with GUIDs". */
  what: string
  /** As of an input: ".csv,.txt". */
  accept: string
  multiple?: boolean
  onFiles: (files: File[]) => void
  /** What files may be dropped on, too. */
  children?: ReactNode
}

/** A place to drop files on, with a button for those who don't drag. */
export function FileDrop({ what, accept, multiple = false, onFiles, children }: FileDropProps) {
  const [over, setOver] = useState(false)
  const input = useRef<HTMLInputElement>(null)
  const take = (list: FileList | null) => {
    const files = [...(list ?? [])]
    if (files.length > 0) onFiles(multiple ? files : files.slice(0, 1))
  }
  return (
    <div
      className={styles.place}
      data-over={over || undefined}
      onDragOver={(event) => {
        if (!event.dataTransfer.types.includes('Files')) return
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false)
      }}
      onDrop={(event) => {
        event.preventDefault()
        setOver(false)
        take(event.dataTransfer.files)
      }}
    >
      {children}
      <div className={styles.ask}>
        <FileUp aria-hidden size={18} />
        <span>Drop {what} here, or</span>
        <Button small onClick={() => input.current?.click()}>
          Choose {multiple ? 'files' : 'a file'}
        </Button>
        <input
          ref={input}
          type="file"
          accept={accept}
          multiple={multiple}
          aria-label={`Choose ${what}`}
          tabIndex={-1}
          className="unseen"
          onChange={(event) => {
            take(event.target.files)
            event.target.value = '' // the same file again is news too
          }}
        />
      </div>
    </div>
  )
}
