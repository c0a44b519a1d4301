import { Link } from '@tanstack/react-router'
import { Download } from 'lucide-react'
import { Time } from '../../components/time'
import { bytes } from '../../lib/words'
import styles from './mmif-trail.module.css'
import type { FileRunData } from './operations'

/** Every MMIF that this run made of the file, the newest first: also those from before a retry. */
export function MmifTrail({ run }: { run: FileRunData }) {
  const { guid, mmifs } = run.mediaFile
  const made = mmifs.nodes.filter(({ step }) => step?.pipelineRun.id === run.id)
  const present = new Set(run.steps.map(({ mmif }) => mmif?.id))
  if (made.length === 0) return <p className={styles.none}>None yet: each step that finishes adds one.</p>
  return (
    <ol className={styles.trail}>
      {made.map((mmif) => (
        <li key={mmif.id}>
          <Link to="/mmifs/$mmifId" params={{ mmifId: mmif.id }}>
            {mmif.step?.position}. {run.steps.find(({ position }) => position === mmif.step?.position)?.app.name}
          </Link>
          <a href={mmif.url} download={`${guid}-${mmif.step?.position ?? 0}.mmif`} aria-label={`Download ${mmif.id}`}>
            <Download aria-hidden size={15} />
          </a>
          <span className={styles.about}>
            {bytes(mmif.size)}, <Time at={mmif.createdAt} />
            {!present.has(mmif.id) && ', from before a retry'}
          </span>
        </li>
      ))}
    </ol>
  )
}
