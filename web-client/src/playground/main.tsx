import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { applyTheme } from '../lib/theme'
import '../styles/tokens.css'
import '../styles/base.css'
import { Playground } from './playground'

applyTheme()

const root = document.getElementById('root')
if (root) {
  createRoot(root).render(
    <StrictMode>
      <Playground />
    </StrictMode>,
  )
}
