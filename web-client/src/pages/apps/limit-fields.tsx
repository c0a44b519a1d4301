import { Field } from '../../components/field'
import { TextInput } from '../../components/text-input'
import styles from './dialogs.module.css'

/** As they are typed. */
export interface LimitTexts {
  maxConcurrency: string
  timeoutHours: string
}

export interface Limits {
  maxConcurrency: number
  timeoutSeconds: number
}

type LimitRefusals = Partial<Record<keyof LimitTexts, string>>

/** By what a refusal of the server speaks of them. */
export const LIMIT_WORDS = { maxConcurrency: /maxConcurrency/, timeoutHours: /timeoutSeconds/ }

const MOST_AT_ONCE = 1000
const HOUR_SECONDS = 3600

export function limitsIn({ maxConcurrency, timeoutHours }: LimitTexts):
  | { limits: Limits; refusals?: undefined }
  | { limits: null; refusals: LimitRefusals } {
  const atOnce = Number(maxConcurrency)
  const seconds = Math.round(Number(timeoutHours) * HOUR_SECONDS)
  const refusals: LimitRefusals = {}
  if (!Number.isInteger(atOnce) || atOnce < 1 || atOnce > MOST_AT_ONCE) {
    refusals.maxConcurrency = `“${maxConcurrency}” is no whole number from 1 to ${MOST_AT_ONCE}.`
  }
  if (!Number.isFinite(seconds) || seconds < 1) {
    refusals.timeoutHours = `“${timeoutHours}” is no number of hours: 24, or 0.5 for half an hour.`
  }
  if (Object.keys(refusals).length > 0) return { limits: null, refusals }
  return { limits: { maxConcurrency: atOnce, timeoutSeconds: seconds } }
}

export function textsOf({ maxConcurrency, timeoutSeconds }: Limits): LimitTexts {
  const hours = timeoutSeconds / HOUR_SECONDS
  return { maxConcurrency: String(maxConcurrency), timeoutHours: String(Number(hours.toPrecision(6))) }
}

interface LimitFieldsProps {
  texts: LimitTexts
  refusals: LimitRefusals
  onChange: (texts: LimitTexts) => void
}

/** How many calls of an app there may be at once, and how long each. */
export function LimitFields({ texts, refusals, onChange }: LimitFieldsProps) {
  return (
    <div className={styles.pair}>
      <Field
        label="Calls at once"
        error={refusals.maxConcurrency}
        help="More than 1 only if its owner says that it keeps files apart: many apps don’t."
      >
        <TextInput
          inputMode="numeric"
          autoComplete="off"
          value={texts.maxConcurrency}
          onChange={(event) => onChange({ ...texts, maxConcurrency: event.target.value })}
        />
      </Field>
      <Field label="Hours for one call" error={refusals.timeoutHours} help="After that it counts as failed.">
        <TextInput
          inputMode="decimal"
          autoComplete="off"
          value={texts.timeoutHours}
          onChange={(event) => onChange({ ...texts, timeoutHours: event.target.value })}
        />
      </Field>
    </div>
  )
}
