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

/** The file at the cursor, for those who don't see the tiles: the one row of the grid that is there. */
export function FocusedRow({ id, store, shown, file, apps }: FocusedRowProps) {
  useStoreVersion(store, 500)
  const place = file === null ? -1 : shown.placeOf(file)
  return (
    <div role="row" id={id} aria-rowindex={place + 1 || 1} className="unseen">
      <span role="rowheader" aria-colindex={1}>
        {file === null ? 'No file chosen. Arrow keys choose one.' : store.guid(file)}
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
