import { createRootRoute } from '@tanstack/react-router'
import { NotFound } from './components/not-found'
import { Shell } from './components/shell'

/** What every page's route has as its parent. */
export const rootRoute = createRootRoute({ component: Shell, notFoundComponent: () => <NotFound /> })
