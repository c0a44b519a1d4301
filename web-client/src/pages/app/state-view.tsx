import { CircleDotDashed, ShieldAlert, Split } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button } from '../../components/button'
import { Panel } from '../../components/panel'
import { SlotBar } from '../../components/slot-bar'
import { RelativeTime } from '../../components/relative-time'
import { showToast, showErrorToast } from '../../components/toast'
import { errorMessage, useThrowingMutation } from '../../lib/mutation'
import { useNow } from '../../lib/server-clock'
import { formatCount, pluralize, formatDuration } from '../../lib/format'
import type { AppDetails } from './app-query'
import { CallTimes } from './call-times'
import { SettingsForm, UpdateApp } from './settings-form'
import styles from './state-view.module.css'

interface StateViewProps {
  app: AppDetails
  staleSince: number | null
  onChanged: () => void
}

/** How an app does, live, and what can be changed while it runs. */
export function StateView({ app, staleSince, onChanged }: StateViewProps) {
  const { health, load, circuit } = app
  const update = useThrowingMutation(UpdateApp)
  const trust = async () => {
    try {
      await update({ id: app.id, input: { oneAtATime: false } })
      showToast(`${app.name} gets ${pluralize(app.maxConcurrency, 'call')} at once again.`)
      onChanged()
    } catch (error) {
      showErrorToast('It was not changed', errorMessage(error))
    }
  }
  return (
    <div className={styles.state}>
      <div>
        {health.drift && (
          <Notice icon={<Split aria-hidden size={18} />} title="Another version answers">
            {health.drift.message} Noticed <RelativeTime at={health.drift.since} />.
          </Notice>
        )}
        {circuit && (
          <Notice icon={<CircleDotDashed aria-hidden size={18} />} title="Left alone, and tried now and then">
            It failed on file after file since <RelativeTime at={circuit.openedAt} />. {circuit.reason}{' '}
            <NextTrial at={circuit.trialAt} trials={circuit.trials} staleSince={staleSince} />
          </Notice>
        )}
        {app.note !== null && (
          <Notice
            icon={<ShieldAlert aria-hidden size={18} />}
            title="Called one at a time"
            action={
              <Button small onClick={() => void trust()}>
                Trust it again
              </Button>
            }
          >
            {app.note}
          </Notice>
        )}
        <Panel title="Now">
          <dl className={styles.facts}>
            <Fact name="Calls in hand">
              {app.endpoint === null ? 'none' : <SlotBar name={app.name} load={load} stale={staleSince !== null} />}
            </Fact>
            <Fact name="Calls that wait">
              {load.waiting === 0 ? 'none' : `${formatCount(load.waiting)} in ${pluralize(load.batchRuns, 'batch run')}`}
            </Fact>
            <Fact name="State">{app.active ? health.message : 'A person deactivated it: no call begins.'}</Fact>
            <Fact name="Last answer">{health.lastAnswerAt === null ? 'never' : <RelativeTime at={health.lastAnswerAt} />}</Fact>
            <Fact name="Last failure">
              {health.lastFailureAt === null ? 'never' : <RelativeTime at={health.lastFailureAt} />}
            </Fact>
            <Fact name="Last asked what it is">
              {health.lookedAt === null ? 'never' : <RelativeTime at={health.lookedAt} />}
            </Fact>
          </dl>
        </Panel>
        <Panel title="Time for a minute of media">
          <CallTimes id={app.id} lastAnswerAt={health.lastAnswerAt} />
        </Panel>
      </div>
      <Panel title="Settings">
        <SettingsForm key={[app.name, app.endpoint, app.maxConcurrency, app.timeoutSeconds].join()} app={app} onChanged={onChanged} />
      </Panel>
    </div>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

interface NoticeProps {
  icon: ReactNode
  title: string
  action?: ReactNode
  children: ReactNode
}

function Notice({ icon, title, action, children }: NoticeProps) {
  return (
    <section aria-label={title} className={styles.notice}>
      {icon}
      <div>
        <h2>{title}</h2>
        <p>{children}</p>
      </div>
      {action}
    </section>
  )
}

function NextTrial({ at, trials, staleSince }: { at: string; trials: number; staleSince: number | null }) {
  const left = (Date.parse(at) - useNow(staleSince)) / 1000
  const when = left > 0 ? `in ${formatDuration(left)}` : 'any moment'
  return (
    <span aria-live="off">
      The next trial call may go out {when}
      {trials > 0 && `; ${pluralize(trials, 'trial')} failed so far`}.
    </span>
  )
}
