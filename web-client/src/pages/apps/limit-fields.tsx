import { Field } from '../../components/field'
import { TextInput } from '../../components/text-input'
import styles from './dialogs.module.css'

/** The limits as typed. */
export interface LimitTexts {
  maxConcurrency: string
  timeoutHours: string
}

export interface Limits {
  maxConcurrency: number
  timeoutSeconds: number
}

type LimitRefusals = Partial<Record<keyof LimitTexts, string>>

/** The names of the limits in the server's errors. */
export const LIMIT_WORDS = { maxConcurrency: /maxConcurrency/, timeoutHours: /timeoutSeconds/ }

const MAX_CONCURRENCY = 1000
const HOUR_SECONDS = 3600

export function limitsIn({ maxConcurrency, timeoutHours }: LimitTexts):
  | { limits: Limits; refusals?: undefined }
  | { limits: null; refusals: LimitRefusals } {
  const concurrency = Number(maxConcurrency)
  const seconds = Math.round(Number(timeoutHours) * HOUR_SECONDS)
  const refusals: LimitRefusals = {}
  if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > MAX_CONCURRENCY) {
    refusals.maxConcurrency = `Enter a whole number from 1 to ${MAX_CONCURRENCY}, not “${maxConcurrency}”.`
  }
  if (!Number.isFinite(seconds) || seconds < 1) {
    refusals.timeoutHours = `Enter a number of hours, such as 24 or 0.5, not “${timeoutHours}”.`
  }
  if (Object.keys(refusals).length > 0) return { limits: null, refusals }
  return { limits: { maxConcurrency: concurrency, timeoutSeconds: seconds } }
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

/** The limits of an app: concurrent calls, and hours per call. */
export function LimitFields({ texts, refusals, onChange }: LimitFieldsProps) {
  return (
    <div className={styles.pair}>
      <Field
        label="Concurrent calls"
        error={refusals.maxConcurrency}
        help="Use more than 1 only if the app handles several files safely at once. Many apps don’t."
      >
        <TextInput
          inputMode="numeric"
          autoComplete="off"
          value={texts.maxConcurrency}
          onChange={(event) => onChange({ ...texts, maxConcurrency: event.target.value })}
        />
      </Field>
      <Field label="Hours per call" error={refusals.timeoutHours} help="A longer call counts as failed.">
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
