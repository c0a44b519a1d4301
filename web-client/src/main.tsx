import { CSPProvider } from '@base-ui/react/csp-provider'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { Provider } from 'urql'
import { client } from './lib/client'
import { applyTheme } from './lib/theme'
import { router } from './router'
import './styles/tokens.css'
import './styles/base.css'

applyTheme()

const root = document.getElementById('root')
if (root) {
  createRoot(root).render(
    <StrictMode>
      <CSPProvider disableStyleElements>
        <Provider value={client}>
          <RouterProvider router={router} />
        </Provider>
      </CSPProvider>
    </StrictMode>,
  )
}
