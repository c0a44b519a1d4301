import { StoredChoice } from './stored-choice'

export type Theme = 'system' | 'light' | 'dark'

export const theme = new StoredChoice<Theme>('chowda-theme', 'system', (value): value is Theme =>
  ['system', 'light', 'dark'].includes(value),
)

/** Applies the chosen theme to the page, and follows changes. */
export function applyTheme(): void {
  const apply = () => {
    const chosen = theme.get()
    if (chosen === 'system') delete document.documentElement.dataset.theme
    else document.documentElement.dataset.theme = chosen
  }
  apply()
  theme.watch(apply)
}
