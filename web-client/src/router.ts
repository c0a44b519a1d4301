import { createRouter } from '@tanstack/react-router'
import { PageFailure } from './components/page-failure'
import { PageLoading } from './components/page-loading'
import { parseSearch, stringifySearch } from './lib/search'
import { routeTree } from './pages'

export const router = createRouter({
  routeTree,
  parseSearch,
  stringifySearch,
  defaultPreload: 'intent',
  scrollRestoration: true,
  defaultPendingComponent: PageLoading,
  defaultErrorComponent: PageFailure,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
