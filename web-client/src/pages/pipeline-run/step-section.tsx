import { Link } from '@tanstack/react-router'
import { Download, FileJson, Hourglass } from 'lucide-react'
import { Panel } from '../../components/panel'
import { ProgressBar } from '../../components/progress-bar'
import { StatusChip } from '../../components/status-chip'
import { RelativeTime } from '../../components/relative-time'
import { useNow } from '../../lib/server-clock'
import { formatBytes, pluralize, formatDuration, formatPercent } from '../../lib/format'
import { AttemptTable } from './attempt-table'
import type { StepData } from './pipeline-run-queries'
import { CallParameters } from './call-parameters'
import { StepFailure } from './step-failure'
import styles from './step-section.module.css'

interface StepSectionProps {
  step: StepData
  guid: string
  staleSince: number | null
}

const PROGRESS_SOURCES = { REPORTED: 'reported by the app', ESTIMATED: 'estimated' }

/** A step of the file: its progress, parameters and result. */
export function StepSection({ step, guid, staleSince }: StepSectionProps) {
  const { app, status, waitingFor, error, mmif } = step
  const hasRun = status !== 'CANCELED' || step.attempts > 0
  return (
    <Panel
      title={`${step.position}. ${app.name}`}
      beside={<StatusChip status={status} still={staleSince !== null} />}
    >
      <div className={styles.step}>
        <p className={styles.line}>
          <code>{app.identifier}</code>
          <Duration step={step} staleSince={staleSince} />
        </p>
        {status === 'RUNNING' && (
          <div className={styles.progress}>
            <ProgressBar label={app.name} percent={step.percent} />
            <p>
              {step.progressSource === 'NONE'
                ? 'The app does not report progress.'
                : `${formatPercent(step.percent)}, ${PROGRESS_SOURCES[step.progressSource]}`}
            </p>
          </div>
        )}
        {waitingFor && (
          <p className={styles.waits}>
            <Hourglass aria-hidden size={15} />
            <span>
              {waitingFor.message}
              {waitingFor.until !== null && (
                <>
                  {' '}
                  Next check: <RelativeTime at={waitingFor.until} />.
                </>
              )}
            </span>
          </p>
        )}
        {!hasRun && <p className={styles.quiet}>Not run.</p>}
        {error && <StepFailure error={error} />}
        {mmif && (
          <p className={styles.output}>
            <FileJson aria-hidden size={17} />
            <Link to="/mmifs/$mmifId" params={{ mmifId: mmif.id }}>View MMIF</Link>
            <span className={styles.quiet}>{formatBytes(mmif.size)}</span>
            <a href={mmif.url} download={`${guid}-${step.position}.mmif`} className={styles.download}>
              <Download aria-hidden size={15} /> Download
            </a>
          </p>
        )}
        <CallParameters parameters={step.parameters} />
        {step.attemptList.length > 0 && (
          <details className={styles.more} open={step.attemptList.length > 1}>
            <summary>{pluralize(step.attemptList.length, 'call')}</summary>
            <AttemptTable attempts={step.attemptList} staleSince={staleSince} />
          </details>
        )}
      </div>
    </Panel>
  )
}

function Duration({ step, staleSince }: { step: StepData; staleSince: number | null }) {
  const ended = step.endedAt === null ? null : Date.parse(step.endedAt)
  const now = useNow(step.status === 'RUNNING' ? staleSince : (ended ?? 0))
  if (step.startedAt === null || (ended === null && step.status !== 'RUNNING')) return null
  return (
    <span className={styles.took}>
      {step.status === 'RUNNING' ? 'for ' : ''}
      {formatDuration((now - Date.parse(step.startedAt)) / 1000)}, {ended === null ? 'started ' : 'ended '}
      <RelativeTime at={step.endedAt ?? step.startedAt} />
    </span>
  )
}
