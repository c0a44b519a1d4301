import { useId, useState } from 'react'
import { Field } from '../../components/field'
import { TextInput } from '../../components/text-input'
import type { ErrorCode, Retry } from '../../components/steps/pipeline-draft'
import styles from './retry-form.module.css'

/** Every code that can be named, with the usual ones first. */
const CODES: { code: ErrorCode; words: string; usual: boolean }[] = [
  { code: 'APP_UNREACHABLE', words: 'The app could not be reached', usual: true },
  { code: 'APP_DISCONNECTED', words: 'The connection broke', usual: true },
  { code: 'APP_BUSY', words: 'The app said that it is busy', usual: true },
  { code: 'APP_TIMEOUT', words: 'No answer in time (usually once)', usual: true },
  { code: 'WRONG_DOCUMENTS', words: 'It answered with another file’s MMIF', usual: true },
  { code: 'STORE_UNAVAILABLE', words: 'The MMIF store was away', usual: true },
  { code: 'APP_ERROR', words: 'The app said that it failed', usual: false },
  { code: 'INVALID_MMIF', words: 'The answer was no MMIF', usual: false },
  { code: 'LOST_VIEWS', words: 'Earlier views were gone', usual: false },
  { code: 'NO_NEW_VIEW', words: 'Nothing new was in the MMIF', usual: false },
  { code: 'MEDIA_MISSING', words: 'The media file was not there', usual: false },
]
const USUAL: ErrorCode[] = CODES.filter(({ usual }) => usual).map(({ code }) => code)
const CALLS = { usual: 3, most: 100 }

interface RetryFormProps {
  retry: Retry | null
  onChange: (retry: Retry | null) => void
}

/** Which failures of a step are worth another call, and how many. */
export function RetryForm({ retry, onChange }: RetryFormProps) {
  const name = useId()
  return (
    <fieldset className={styles.retry}>
      <legend className="unseen">If a call fails</legend>
      <label className={styles.choice}>
        <input type="radio" name={name} checked={retry === null} onChange={() => onChange(null)} />
        <span>
          As usual <small>Up to {CALLS.usual} calls, where another one may help</small>
        </span>
      </label>
      <label className={styles.choice}>
        <input
          type="radio"
          name={name}
          checked={retry !== null}
          onChange={() => onChange({ attempts: CALLS.usual, codes: null })}
        />
        <span>
          As this step needs it <small>Its own number of calls, its own reasons</small>
        </span>
      </label>
      {retry && <OwnRetry retry={retry} onChange={onChange} />}
    </fieldset>
  )
}

function OwnRetry({ retry, onChange }: { retry: Retry; onChange: (retry: Retry) => void }) {
  const [text, setText] = useState(String(retry.attempts))
  const codes = retry.codes ?? USUAL
  const wrong = !isCallCount(retry.attempts)
  return (
    <div className={styles.own}>
      <Field
        label="Calls in all"
        help="1: it is called once, and a failure stands."
        error={wrong ? `A whole number from 1 to ${CALLS.most}.` : undefined}
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
        <legend>Another call after</legend>
        {CODES.map(({ code, words }) => (
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
            {words}
          </label>
        ))}
      </fieldset>
    </div>
  )
}

function isCallCount(number: number): boolean {
  return Number.isInteger(number) && number >= 1 && number <= CALLS.most
}
