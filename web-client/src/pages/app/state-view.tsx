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

/** The live state of an app, and its settings. */
export function StateView({ app, staleSince, onChanged }: StateViewProps) {
  const { health, load, circuit } = app
  const update = useThrowingMutation(UpdateApp)
  const restoreConcurrency = async () => {
    try {
      await update({ id: app.id, input: { oneAtATime: false } })
      showToast(`Up to ${pluralize(app.maxConcurrency, 'call')} to ${app.name} can run at once again.`)
      onChanged()
    } catch (error) {
      showErrorToast('Can’t change the app', errorMessage(error))
    }
  }
  return (
    <div className={styles.state}>
      <div>
        {health.drift && (
          <Notice icon={<Split aria-hidden size={18} />} title="Different version online">
            {health.drift.message} Detected <RelativeTime at={health.drift.since} />.
          </Notice>
        )}
        {circuit && (
          <Notice icon={<CircleDotDashed aria-hidden size={18} />} title="Calls paused">
            The app has failed on file after file since <RelativeTime at={circuit.openedAt} />. {circuit.reason}{' '}
            <NextTrial at={circuit.trialAt} trials={circuit.trials} staleSince={staleSince} />
          </Notice>
        )}
        {app.note !== null && (
          <Notice
            icon={<ShieldAlert aria-hidden size={18} />}
            title="One call at a time"
            action={
              <Button small onClick={() => void restoreConcurrency()}>
                Restore limit
              </Button>
            }
          >
            {app.note}
          </Notice>
        )}
        <Panel title="Current state">
          <dl className={styles.facts}>
            <Fact name="Running calls">
              {app.endpoint === null ? 'none' : <SlotBar name={app.name} load={load} stale={staleSince !== null} />}
            </Fact>
            <Fact name="Queued calls">
              {load.waiting === 0 ? 'none' : `${formatCount(load.waiting)} in ${pluralize(load.batchRuns, 'batch run')}`}
            </Fact>
            <Fact name="State">{app.active ? health.message : 'Deactivated. No calls start.'}</Fact>
            <Fact name="Last response">{health.lastAnswerAt === null ? 'never' : <RelativeTime at={health.lastAnswerAt} />}</Fact>
            <Fact name="Last failure">
              {health.lastFailureAt === null ? 'never' : <RelativeTime at={health.lastFailureAt} />}
            </Fact>
            <Fact name="Metadata checked">
              {health.lookedAt === null ? 'never' : <RelativeTime at={health.lookedAt} />}
            </Fact>
          </dl>
        </Panel>
        <Panel title="Processing time per media minute">
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
  const when = left > 0 ? `in ${formatDuration(left)}` : 'soon'
  return (
    <span aria-live="off">
      Next trial call: {when}
      {trials > 0 && `; failed trials: ${formatCount(trials)}`}.
    </span>
  )
}
