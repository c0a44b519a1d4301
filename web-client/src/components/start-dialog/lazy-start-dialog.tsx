import { lazy, Suspense, type ComponentProps } from 'react'

const StartDialog = lazy(async () => {
  const dialog = await import('./start-dialog')
  return { default: dialog.StartDialog }
})

/** Fetched when it is opened: few visits start anything. */
export function LazyStartDialog(props: ComponentProps<typeof StartDialog>) {
  return (
    <Suspense>
      <StartDialog {...props} />
    </Suspense>
  )
}
