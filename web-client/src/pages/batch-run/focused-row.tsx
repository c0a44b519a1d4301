import type { FilesStore } from './files-store'
import { describeStep } from './step-description'
import type { ShownFiles } from './shown-files'
import { useStoreVersion } from './use-store-version'

interface FocusedRowProps {
  id: string
  store: FilesStore
  shown: ShownFiles
  file: number | null
  apps: string[]
}

/** The focused file for screen readers: the only row of the grid in the DOM. */
export function FocusedRow({ id, store, shown, file, apps }: FocusedRowProps) {
  useStoreVersion(store, 500)
  const position = file === null ? -1 : shown.positionOf(file)
  return (
    <div role="row" id={id} aria-rowindex={position + 1 || 1} className="unseen">
      <span role="rowheader" aria-colindex={1}>
        {file === null ? 'No file selected. Use the arrow keys to select one.' : store.guid(file)}
      </span>
      {file !== null &&
        apps.map((app, step) => (
          <span key={step} role="gridcell" aria-colindex={step + 2}>
            {app}: {describeStep(store, file, step)}
          </span>
        ))}
    </div>
  )
}
