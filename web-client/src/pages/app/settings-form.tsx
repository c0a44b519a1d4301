import { useState } from 'react'
import { Button } from '../../components/button'
import { Field } from '../../components/field'
import { TextInput } from '../../components/text-input'
import { showToast } from '../../components/toast'
import { useThrowingMutation } from '../../lib/mutation'
import { graphql } from '../../lib/graphql'
import { fieldErrors, type FieldErrors } from '../../lib/field-errors'
import { LIMIT_WORDS, LimitFields, limitsIn, textsOf, type LimitTexts } from '../apps/limit-fields'
import type { AppDetails } from './app-query'
import styles from './settings-form.module.css'

export const UpdateApp = graphql(`
  mutation UpdateApp($id: ID!, $input: UpdateAppInput!) {
    updateApp(id: $id, input: $input) { id name }
  }
`)

interface SettingsFormProps {
  app: Pick<AppDetails, 'id' | 'name' | 'endpoint' | 'maxConcurrency' | 'timeoutSeconds'>
  onChanged: () => void
}

/** The settings of an app. They take effect with the next call. */
export function SettingsForm({ app, onChanged }: SettingsFormProps) {
  const before = textsOf(app)
  const [name, setName] = useState(app.name)
  const [endpoint, setEndpoint] = useState(app.endpoint ?? '')
  const [texts, setTexts] = useState<LimitTexts>(before)
  const [refusals, setRefusals] = useState<FieldErrors<'name' | 'endpoint' | keyof LimitTexts>>({})
  const [busy, setBusy] = useState(false)
  const update = useThrowingMutation(UpdateApp)
  const isDirty =
    name !== app.name ||
    endpoint !== (app.endpoint ?? '') ||
    texts.maxConcurrency !== before.maxConcurrency ||
    texts.timeoutHours !== before.timeoutHours

  const save = async () => {
    const read = limitsIn(texts)
    if (!read.limits) {
      setRefusals(read.refusals)
      return
    }
    setBusy(true)
    setRefusals({})
    const { maxConcurrency, timeoutSeconds } = read.limits
    try {
      await update({
        id: app.id,
        input: {
          ...(name === app.name ? {} : { name }),
          ...(endpoint === (app.endpoint ?? '') ? {} : { endpoint: endpoint.trim() }),
          ...(maxConcurrency === app.maxConcurrency ? {} : { maxConcurrency }),
          ...(timeoutSeconds === app.timeoutSeconds ? {} : { timeoutSeconds }),
        },
      })
      showToast('Saved. The settings take effect with the next call.')
      onChanged()
    } catch (error) {
      setRefusals(fieldErrors(error, { name: /\bname\b/, ...LIMIT_WORDS, endpoint: /./ }))
    } finally {
      setBusy(false)
    }
  }

  return (
    <form
      noValidate
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault()
        void save()
      }}
    >
      <Field label="Name" error={refusals.name}>
        <TextInput value={name} maxLength={255} onChange={(event) => setName(event.target.value)} />
      </Field>
      <Field
        label="Address"
        error={refusals.endpoint}
        help={app.endpoint === null ? 'The URL at which the app runs. Runs need it to start.' : undefined}
      >
        <TextInput
          type="url"
          value={endpoint}
          placeholder="http://"
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => setEndpoint(event.target.value)}
        />
      </Field>
      <LimitFields texts={texts} refusals={refusals} onChange={setTexts} />
      {refusals.form !== undefined && (
        <p role="alert" className={styles.refused}>
          {refusals.form}
        </p>
      )}
      <div className={styles.actions}>
        <Button kind="primary" type="submit" disabled={!isDirty} busy={busy}>
          Save
        </Button>
        <p>Running calls keep their settings.</p>
      </div>
    </form>
  )
}
