import { useRef, useState, type KeyboardEvent, type PointerEvent as ReactPointerEvent } from 'react'
import type { StepChecks } from '../../components/steps/step-checks'
import type { DraftStep } from '../../components/steps/pipeline-draft'
import type { AppsById } from './builder-apps'
import { StepCard } from './step-card'
import styles from './step-list.module.css'

interface StepListProps {
  steps: DraftStep[]
  apps: AppsById
  checks: StepChecks
  chosen: string | null
  onChoose: (key: string) => void
  onMove: (key: string, to: number) => void
  onCopy: (key: string) => void
  onRemove: (key: string) => void
}

/** The steps in order. Dragging or the arrow keys change the order. */
export function StepList({ steps, apps, checks, chosen, onChoose, onMove, onCopy, onRemove }: StepListProps) {
  const list = useRef<HTMLOListElement>(null)
  const [announcement, setAnnouncement] = useState('')
  const [dragged, setDragged] = useState<string | null>(null)
  const nameOf = (step: DraftStep) => apps.get(step.appId)?.name ?? step.appId

  const move = (step: DraftStep, to: number) => {
    const from = steps.indexOf(step)
    if (to < 0 || to >= steps.length) {
      setAnnouncement(`${nameOf(step)} is already the ${to < 0 ? 'first' : 'last'} step.`)
      return
    }
    if (to === from) return
    onMove(step.key, to)
    setAnnouncement(`${nameOf(step)} is now step ${to + 1} of ${steps.length}.`)
  }

  const moveByKey = (event: KeyboardEvent, step: DraftStep) => {
    const at = steps.indexOf(step)
    const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: steps.length - 1 }[event.key]
    if (to === undefined) return
    event.preventDefault()
    move(step, to)
  }

  return (
    <>
      <ol ref={list} className={styles.list}>
        {steps.map((step, at) => (
          <StepCard
            key={step.key}
            step={step}
            position={at + 1}
            total={steps.length}
            app={apps.get(step.appId)}
            check={checks.found.get(step.key)}
            chosen={step.key === chosen}
            dragged={step.key === dragged}
            onChoose={() => onChoose(step.key)}
            onCopy={() => onCopy(step.key)}
            onRemove={() => onRemove(step.key)}
            onHandleKey={(event) => moveByKey(event, step)}
            onDrag={(event) => drag(event, step)}
          />
        ))}
      </ol>
      <p role="status" className="unseen">
        {announcement}
      </p>
    </>
  )

  /** Moves the step with the pointer until it is released. Escape restores its position. */
  function drag(event: ReactPointerEvent, step: DraftStep) {
    if (event.button !== 0) return
    const from = steps.indexOf(step)
    let position = from
    const controller = new AbortController()
    const { signal } = controller
    const moveTo = (to: number) => {
      if (to === position) return
      position = to
      onMove(step.key, to)
    }
    const end = () => {
      controller.abort()
      setDragged(null)
      if (position !== from) setAnnouncement(`${nameOf(step)} is now step ${position + 1} of ${steps.length}.`)
    }
    addEventListener(
      'pointermove',
      ({ clientY }) => {
        setDragged(step.key)
        moveTo(positionAt(list.current, clientY))
      },
      { signal },
    )
    addEventListener('pointerup', end, { signal })
    addEventListener('pointercancel', end, { signal })
    addEventListener(
      'keydown',
      ({ key }) => {
        if (key !== 'Escape') return
        moveTo(from)
        end()
      },
      { signal },
    )
  }
}

/** The index of the card at this height. */
function positionAt(list: HTMLElement | null, y: number): number {
  const cards = [...(list?.children ?? [])]
  const at = cards.findIndex((card) => y < card.getBoundingClientRect().bottom)
  return at < 0 ? cards.length - 1 : at
}
