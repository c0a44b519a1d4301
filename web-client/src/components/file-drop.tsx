import { FileUp } from 'lucide-react'
import { useRef, useState, type DragEvent, type ReactNode } from 'react'
import { Button } from './button'
import styles from './file-drop.module.css'

interface FileDropProps {
  /** The files that it accepts, e.g. "a CSV or text file with GUIDs". */
  what: string
  /** As in `input`: ".csv,.txt". */
  accept: string
  multiple?: boolean
  /** Gets one file, or with `multiple` one or more. */
  onFiles: (files: File[]) => void
  children?: ReactNode
}

/** An area to drop files on, with a button that opens the file chooser. */
export function FileDrop({ what, accept, multiple = false, onFiles, children }: FileDropProps) {
  const [over, setOver] = useState(false)
  const input = useRef<HTMLInputElement>(null)
  const drag = (isOver: boolean) => (event: DragEvent) => {
    if (!event.dataTransfer.types.includes('Files')) return
    event.preventDefault()
    setOver(isOver)
  }
  const emit = (list: FileList | null) => {
    const files = [...(list ?? [])]
    if (files.length > 0) onFiles(multiple ? files : files.slice(0, 1))
  }
  return (
    <div
      className={styles.place}
      data-over={over || undefined}
      onDragEnter={drag(true)}
      onDragOver={drag(true)}
      onDragLeave={drag(false)}
      onDrop={(event) => {
        drag(false)(event)
        emit(event.dataTransfer.files)
      }}
    >
      {children}
      <div className={styles.prompt}>
        <FileUp aria-hidden size={18} />
        <span>Drop {what} here, or</span>
        <Button small onClick={() => input.current?.click()}>
          {multiple ? 'Choose files' : 'Choose a file'}
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
            emit(event.target.files)
            event.target.value = ''
          }}
        />
      </div>
    </div>
  )
}
