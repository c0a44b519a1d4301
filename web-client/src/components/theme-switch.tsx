import { Monitor, Moon, Sun } from 'lucide-react'
import { useStoredChoice } from '../lib/stored-choice'
import { theme, type Theme } from '../lib/theme'
import styles from './theme-switch.module.css'

const CHOICES: { value: Theme; label: string; icon: typeof Sun }[] = [
  { value: 'light', label: 'Light', icon: Sun },
  { value: 'dark', label: 'Dark', icon: Moon },
  { value: 'system', label: 'System', icon: Monitor },
]

export function ThemeSwitch() {
  const chosen = useStoredChoice(theme)
  return (
    <fieldset className={styles.switch}>
      <legend className="unseen">Theme</legend>
      {CHOICES.map((choice) => (
        <label key={choice.value} title={choice.label}>
          <input
            type="radio"
            name="theme"
            className="unseen"
            checked={chosen === choice.value}
            onChange={() => theme.set(choice.value)}
          />
          <choice.icon aria-hidden size={15} />
          <span className="unseen">{choice.label}</span>
        </label>
      ))}
    </fieldset>
  )
}
