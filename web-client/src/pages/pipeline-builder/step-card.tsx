import { CircleAlert, Copy, GripVertical, RefreshCcw, Trash2 } from 'lucide-react'
import type { KeyboardEvent, PointerEvent } from 'react'
import { Button } from '../../components/button'
import { TypeChip, TypeChips } from '../../components/type-chip'
import type { StepCheck } from '../../components/steps/step-checks'
import type { DraftStep } from '../../components/steps/pipeline-draft'
import { pluralize } from '../../lib/format'
import type { BuilderApp } from './builder-apps'
import styles from './step-list.module.css'

interface StepCardProps {
  step: DraftStep
  position: number
  total: number
  app: BuilderApp | undefined
  check: StepCheck | undefined
  chosen: boolean
  dragged: boolean
  onChoose: () => void
  onCopy: () => void
  onRemove: () => void
  onHandleKey: (event: KeyboardEvent) => void
  onDrag: (event: PointerEvent) => void
}

export function StepCard(props: StepCardProps) {
  const { step, position, total, app, check, chosen, dragged } = props
  const name = app?.name ?? step.appId
  const set = Object.keys(step.parameters).length
  const problems = check?.problems.length ?? 0
  return (
    <li className={styles.card} data-chosen={chosen || undefined} data-dragged={dragged || undefined}>
      {check && check.inputs.length > 0 && (
        <div className={styles.inputs}>
          <TypeChips label={`Inputs of step ${position}`}>
            {check.inputs.map((input) => (
              <TypeChip
                key={input.oneOf.join()}
                names={input.oneOf}
                from={sourceText(input)}
                missing={input.required && !input.fromDocuments && input.fromSteps.length === 0}
              />
            ))}
          </TypeChips>
        </div>
      )}
      <div className={styles.sheet}>
        <button
          type="button"
          className={styles.handle}
          aria-label={`Move step ${position} of ${total}, ${name}`}
          aria-describedby="how-to-move"
          onKeyDown={props.onHandleKey}
          onPointerDown={props.onDrag}
        >
          <GripVertical aria-hidden size={16} />
        </button>
        <button
          type="button"
          className={styles.choose}
          aria-pressed={chosen}
          aria-label={`Step ${position}: ${name}${problems ? `, ${pluralize(problems, 'problem')}` : ''}`}
          onClick={props.onChoose}
        >
          <span className={styles.name}>
            <b>{position}</b>
            <span>{name}</span>
            <small>{app?.version}</small>
          </span>
          <span className={styles.summary}>
            {problems > 0 && (
              <span className={styles.problems}>
                <CircleAlert aria-hidden size={14} />
                {pluralize(problems, 'problem')}
              </span>
            )}
            {set === 0 ? 'All defaults' : `${pluralize(set, 'parameter')} set`}
            {step.retry && (
              <span className={styles.retry}>
                <RefreshCcw aria-hidden size={12} />
                custom retries
              </span>
            )}
          </span>
        </button>
        <div className={styles.tools}>
          <Button
            small
            kind="quiet"
            icon={<Copy aria-hidden size={15} />}
            aria-label={`Copy step ${position}, ${name}`}
            title="Copy"
            onClick={props.onCopy}
          />
          <Button
            small
            kind="quiet"
            icon={<Trash2 aria-hidden size={15} />}
            aria-label={`Remove step ${position}, ${name}`}
            title="Remove"
            onClick={props.onRemove}
          />
        </div>
      </div>
      {app && (
        <div className={styles.outputs}>
          <TypeChips label={`Outputs of step ${position}`}>
            {app.outputs.map((output) => (
              <TypeChip key={output.name} names={[output.name]} />
            ))}
          </TypeChips>
        </div>
      )}
    </li>
  )
}

function sourceText({ required, fromDocuments, fromSteps }: StepCheck['inputs'][number]): string {
  const steps = fromSteps.length > 0 ? `${fromSteps.length > 1 ? 'steps' : 'step'} ${fromSteps.join(', ')}` : null
  if (steps !== null) return fromDocuments ? `media, ${steps}` : steps
  if (fromDocuments) return 'media'
  return required ? 'no earlier step produces this' : 'optional'
}
