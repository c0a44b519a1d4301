import { createRouter } from '@tanstack/react-router'
import { PageError } from './components/page-error'
import { PageLoading } from './components/page-loading'
import { parseSearch, stringifySearch } from './lib/search-params'
import { routeTree } from './pages'

export const router = createRouter({
  routeTree,
  parseSearch,
  stringifySearch,
  defaultPreload: 'intent',
  scrollRestoration: true,
  defaultPendingComponent: PageLoading,
  defaultErrorComponent: PageError,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
