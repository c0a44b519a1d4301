import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { Button } from '../../components/button'
import { Dialog } from '../../components/dialog'
import { Field } from '../../components/field'
import { TextInput } from '../../components/text-input'
import { showToast } from '../../components/toast'
import { useThrowingMutation } from '../../lib/mutation'
import { graphql } from '../../lib/graphql'
import { fieldErrors, type FieldErrors } from '../../lib/field-errors'
import { limitsIn, LimitFields, LIMIT_WORDS, type LimitTexts } from './limit-fields'
import styles from './dialogs.module.css'

const RegisterApp = graphql(`
  mutation RegisterApp($input: RegisterAppInput!) {
    registerApp(input: $input) { id name version }
  }
`)

interface RegisterAppDialogProps {
  onDone: () => void
  onClose: () => void
}

/** Registers a running app by its address. */
export function RegisterAppDialog({ onDone, onClose }: RegisterAppDialogProps) {
  const [endpoint, setEndpoint] = useState('')
  const [name, setName] = useState('')
  const [limits, setLimits] = useState<LimitTexts>({ maxConcurrency: '1', timeoutHours: '24' })
  const [refusals, setRefusals] = useState<FieldErrors<'endpoint' | 'name' | keyof LimitTexts>>({})
  const [busy, setBusy] = useState(false)
  const register = useThrowingMutation(RegisterApp)
  const navigate = useNavigate()

  const save = async () => {
    const read = limitsIn(limits)
    if (endpoint.trim() === '') {
      setRefusals({ endpoint: 'Enter the address of the app.' })
      return
    }
    if (!read.limits) {
      setRefusals(read.refusals)
      return
    }
    setBusy(true)
    setRefusals({})
    try {
      const { registerApp: app } = await register({
        input: { endpoint: endpoint.trim(), name: name.trim() || null, ...read.limits },
      })
      showToast(`${app.name} ${app.version ?? ''} is registered.`)
      onDone()
      void navigate({ to: '/apps/$appId', params: { appId: app.id } })
    } catch (error) {
      setRefusals(fieldErrors(error, { name: /\bname\b/, ...LIMIT_WORDS, endpoint: /./ }))
      setBusy(false)
    }
  }

  return (
    <Dialog
      open
      onClose={onClose}
      title="Register app"
      about="The app must be running. Chowda reads its metadata. An app with imported metadata gets this address."
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" form="register-app" busy={busy}>
            Register
          </Button>
        </>
      }
    >
      <form
        id="register-app"
        noValidate
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault()
          void save()
        }}
      >
        <Field label="Address" error={refusals.endpoint} help="The URL at which Chowda reaches the app, e.g. http://10.0.0.12:5000">
          <TextInput
            type="url"
            inputMode="url"
            value={endpoint}
            placeholder="http://"
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => setEndpoint(event.target.value)}
          />
        </Field>
        <Field label="Name" error={refusals.name} help="Leave blank to use the app’s name.">
          <TextInput value={name} maxLength={255} onChange={(event) => setName(event.target.value)} />
        </Field>
        <LimitFields texts={limits} refusals={refusals} onChange={setLimits} />
        {refusals.form !== undefined && (
          <p role="alert" className={styles.refused}>
            {refusals.form}
          </p>
        )}
      </form>
    </Dialog>
  )
}
