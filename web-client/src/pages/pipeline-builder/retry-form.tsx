import { useId, useState } from 'react'
import { ErrorCode } from '../../components/error-code'
import { Field } from '../../components/field'
import { TextInput } from '../../components/text-input'
import type { Retry, ErrorCode as StepErrorCode } from '../../components/steps/pipeline-draft'
import styles from './retry-form.module.css'

/** The error codes that a retry can name. The default ones come first. */
const CODES: { code: StepErrorCode; note?: string; byDefault: boolean }[] = [
  { code: 'APP_UNREACHABLE', byDefault: true },
  { code: 'APP_DISCONNECTED', byDefault: true },
  { code: 'APP_BUSY', byDefault: true },
  { code: 'APP_TIMEOUT', note: 'one retry by default', byDefault: true },
  { code: 'WRONG_DOCUMENTS', byDefault: true },
  { code: 'STORE_UNAVAILABLE', byDefault: true },
  { code: 'APP_ERROR', byDefault: false },
  { code: 'INVALID_MMIF', byDefault: false },
  { code: 'LOST_VIEWS', byDefault: false },
  { code: 'NO_NEW_VIEW', byDefault: false },
  { code: 'MEDIA_MISSING', byDefault: false },
]
const DEFAULT_CODES: StepErrorCode[] = CODES.filter(({ byDefault }) => byDefault).map(({ code }) => code)
const CALLS = { byDefault: 3, max: 100 }

interface RetryFormProps {
  retry: Retry | null
  onChange: (retry: Retry | null) => void
}

/** The retries of a step: after which errors, and how many calls. */
export function RetryForm({ retry, onChange }: RetryFormProps) {
  const name = useId()
  return (
    <fieldset className={styles.retry}>
      <legend className="unseen">On failure</legend>
      <label className={styles.choice}>
        <input type="radio" name={name} checked={retry === null} onChange={() => onChange(null)} />
        <span>
          Default retries <small>Up to {CALLS.byDefault} calls, after errors that a retry can fix</small>
        </span>
      </label>
      <label className={styles.choice}>
        <input
          type="radio"
          name={name}
          checked={retry !== null}
          onChange={() => onChange({ attempts: CALLS.byDefault, codes: null })}
        />
        <span>
          Custom retries <small>Set the number of calls and the errors</small>
        </span>
      </label>
      {retry && <CustomRetries retry={retry} onChange={onChange} />}
    </fieldset>
  )
}

function CustomRetries({ retry, onChange }: { retry: Retry; onChange: (retry: Retry) => void }) {
  const [text, setText] = useState(String(retry.attempts))
  const codes = retry.codes ?? DEFAULT_CODES
  const invalid = !isCallCount(retry.attempts)
  return (
    <div className={styles.own}>
      <Field
        label="Maximum calls"
        help="1 means no retry."
        error={invalid ? `Enter a whole number from 1 to ${CALLS.max}.` : undefined}
      >
        <TextInput
          className={styles.number}
          inputMode="numeric"
          autoComplete="off"
          value={text}
          onChange={(event) => {
            setText(event.target.value)
            const number = Number(event.target.value)
            onChange({ ...retry, attempts: isCallCount(number) ? number : 0 })
          }}
        />
      </Field>
      <fieldset className={styles.codes}>
        <legend>Retry after</legend>
        {CODES.map(({ code, note }) => (
          <label key={code} className={styles.code}>
            <input
              type="checkbox"
              checked={codes.includes(code)}
              onChange={(event) => {
                const next = CODES.map((each) => each.code).filter((each) =>
                  each === code ? event.target.checked : codes.includes(each),
                )
                onChange({ ...retry, codes: next })
              }}
            />
            <span>
              <ErrorCode code={code} />
              {note !== undefined && <small> ({note})</small>}
            </span>
          </label>
        ))}
      </fieldset>
    </div>
  )
}

function isCallCount(number: number): boolean {
  return Number.isInteger(number) && number >= 1 && number <= CALLS.max
}
