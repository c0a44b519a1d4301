import { lazy, Suspense, type ComponentProps } from 'react'

const StartDialog = lazy(async () => {
  const dialog = await import('./start-dialog')
  return { default: dialog.StartDialog }
})

/** Loads the dialog when it opens, because few visits start a batch. */
export function LazyStartDialog(props: ComponentProps<typeof StartDialog>) {
  return (
    <Suspense>
      <StartDialog {...props} />
    </Suspense>
  )
}
