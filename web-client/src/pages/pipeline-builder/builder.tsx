import { useBlocker, useNavigate } from '@tanstack/react-router'
import { CircleCheck, MousePointerClick, Workflow } from 'lucide-react'
import { useCallback, useRef, useState } from 'react'
import { Button } from '../../components/button'
import { Dialog } from '../../components/dialog'
import { EmptyState } from '../../components/empty-state'
import { Field } from '../../components/field'
import { Page, type Crumb } from '../../components/page'
import { Panel } from '../../components/panel'
import { TextInput } from '../../components/text-input'
import { showToast } from '../../components/toast'
import { useStepChecks, type StepChecks } from '../../components/steps/step-checks'
import { moveStep, newStep, sameSteps, type PipelineDraft, type DraftStep } from '../../components/steps/pipeline-draft'
import { errorMessage } from '../../lib/mutation'
import { pluralize } from '../../lib/format'
import { AddStep } from './add-step'
import type { AppsById, BuilderApp } from './builder-apps'
import styles from './builder.module.css'
import { isNameError, SaveDialog } from './save-dialog'
import { useSavePipeline, type OpenedPipeline, type SavedPipeline } from './save-pipeline'
import { StepInspector } from './step-inspector'
import { StepList } from './step-list'

interface BuilderProps {
  title: string
  crumbs: Crumb[]
  apps: AppsById
  start: PipelineDraft
  /** The pipeline that is edited. Null for a new one. */
  opened: OpenedPipeline | null
}

interface Refusal {
  name?: string
  other?: string
}

export function Builder({ title, crumbs, apps, start, opened }: BuilderProps) {
  const [draft, setDraft] = useState(start)
  const [chosen, setChosen] = useState(start.steps[0]?.key ?? null)
  const [refusal, setRefusal] = useState<Refusal>({})
  const [saveDialogOpen, setSaveDialogOpen] = useState(false)
  const [busy, setBusy] = useState(false)
  const saved = useRef(false)
  const checks = useStepChecks(draft.steps)
  const saving = useSavePipeline()
  const navigate = useNavigate()
  const nameField = useRef<HTMLInputElement>(null)

  const { steps } = draft
  const before = opened ?? start
  const differs = !sameSteps(steps, before.steps)
  const isDirty = differs || draft.name !== before.name || draft.description !== before.description
  const leaving = useBlocker({
    shouldBlockFn: () => isDirty && !saved.current,
    enableBeforeUnload: () => isDirty && !saved.current,
    withResolver: true,
  })
  const index = steps.findIndex((step) => step.key === chosen)
  const step = steps[index]

  const change = useCallback((next: (steps: DraftStep[]) => DraftStep[]) => {
    setDraft((known) => ({ ...known, steps: next(known.steps) }))
  }, [])
  const add = (added: DraftStep, at: number) => {
    change((known) => [...known.slice(0, at), added, ...known.slice(at)])
    setChosen(added.key)
  }
  const remove = (key: string) => {
    const at = steps.findIndex((each) => each.key === key)
    change((known) => known.filter((each) => each.key !== key))
    if (key === chosen) setChosen((steps[at + 1] ?? steps[at - 1])?.key ?? null)
  }
  const done = ({ id, name, version }: SavedPipeline) => {
    saved.current = true
    showToast(version === 1 ? `${name} is saved.` : `${name} is saved as version ${version}.`)
    void navigate({ to: '/pipelines/$pipelineId', params: { pipelineId: id } })
  }
  const save = async () => {
    const obstacle = findObstacle(draft, checks)
    setRefusal(obstacle.refusal)
    if (obstacle.key !== null) setChosen(obstacle.key)
    if (obstacle.refusal.name !== undefined) nameField.current?.focus()
    if (Object.keys(obstacle.refusal).length > 0) return
    if (opened && differs) {
      setSaveDialogOpen(true)
      return
    }
    setBusy(true)
    try {
      done(opened ? await saving.over(opened, draft, '') : await saving.asNew(draft))
    } catch (error) {
      setRefusal(isNameError(error) ? { name: errorMessage(error) } : { other: errorMessage(error) })
      if (isNameError(error)) nameField.current?.focus()
      setBusy(false)
    }
  }

  return (
    <Page
      title={title}
      crumbs={crumbs}
      actions={
        <Button kind="primary" busy={busy} disabled={opened !== null && !isDirty} onClick={() => void save()}>
          {opened && differs ? 'Save …' : 'Save'}
        </Button>
      }
    >
      <p id="how-to-move" hidden>
        The arrow keys move the step up and down. Home and End move it to the first and last position.
      </p>
      <div className={styles.head}>
        <Field label="Name" error={refusal.name}>
          <TextInput
            ref={nameField}
            value={draft.name}
            placeholder="e.g. Text on slates"
            maxLength={255}
            onChange={(event) => {
              setDraft({ ...draft, name: event.target.value })
              setRefusal({})
            }}
          />
        </Field>
        <Field label="Description">
          <TextInput
            value={draft.description}
            placeholder="What the pipeline finds, and in which media"
            onChange={(event) => setDraft({ ...draft, description: event.target.value })}
          />
        </Field>
      </div>
      <CheckSummary checks={checks} steps={steps} refusal={refusal.other} onGo={setChosen} />
      <div className={styles.bench}>
        <section aria-label="Steps" className={styles.steps}>
          <p className={styles.source}>
            <Workflow aria-hidden size={16} />
            Media documents
          </p>
          <StepList
            steps={steps}
            apps={apps}
            checks={checks}
            chosen={chosen}
            onChoose={setChosen}
            onMove={(key, to) => change((known) => moveStep(known, key, to))}
            onCopy={(key) => {
              const at = steps.findIndex((each) => each.key === key)
              const of = steps[at]
              if (of) add(newStep(of.appId, of.parameters, of.retry), at + 1)
            }}
            onRemove={remove}
          />
          <AddStep
            apps={[...apps.values()]}
            earlier={steps.map((each) => apps.get(each.appId)).filter((app): app is BuilderApp => app !== undefined)}
            onAdd={(app) => add(newStep(app.id), steps.length)}
          />
        </section>
        <div className={styles.inspector}>
          {step ? (
            <StepInspector
              key={step.key}
              step={step}
              position={index + 1}
              app={apps.get(step.appId)}
              check={checks.found.get(step.key)}
              onChange={(next) => change((known) => known.map((each) => (each.key === next.key ? next : each)))}
            />
          ) : (
            <Panel>
              <EmptyState icon={<MousePointerClick size={26} />} title="No steps yet">
                A step is a CLAMS app with its parameters. The steps run in order on each file, and each adds its results to
                the file’s MMIF.
              </EmptyState>
            </Panel>
          )}
        </div>
      </div>
      {saveDialogOpen && opened && (
        <SaveDialog opened={opened} draft={draft} onSaved={done} onClose={() => setSaveDialogOpen(false)} />
      )}
      {leaving.status === 'blocked' && (
        <Dialog
          open
          onClose={leaving.reset}
          title="Leave without saving?"
          about="Your changes are not saved."
          actions={
            <>
              <Button onClick={leaving.reset}>Stay</Button>
              <Button kind="danger" onClick={leaving.proceed}>
                Discard changes
              </Button>
            </>
          }
        >
          {pluralize(steps.length, 'step')} in {draft.name || 'a pipeline without a name'}.
        </Dialog>
      )}
    </Page>
  )
}

/** What keeps the pipeline from being saved, as far as the client knows. `key`: the step to show. */
function findObstacle({ name, steps }: PipelineDraft, checks: StepChecks): { key: string | null; refusal: Refusal } {
  if (name.trim() === '') return { key: null, refusal: { name: 'Enter a name.' } }
  if (steps.length === 0) return { key: null, refusal: { other: 'Add at least one step.' } }
  const wrong = checks.current ? steps.find((step) => checks.found.get(step.key)?.problems.length) : undefined
  if (!wrong) return { key: null, refusal: {} }
  return { key: wrong.key, refusal: { other: 'Can’t save yet. Fix the problems of the open step.' } }
}

interface CheckSummaryProps {
  checks: StepChecks
  steps: DraftStep[]
  refusal: string | undefined
  onGo: (key: string) => void
}

/** A line that says whether the steps are valid. */
function CheckSummary({ checks, steps, refusal, onGo }: CheckSummaryProps) {
  const wrong = steps.filter((step) => checks.found.get(step.key)?.problems.length)
  const problems = wrong.reduce((sum, step) => sum + (checks.found.get(step.key)?.problems.length ?? 0), 0)
  const [first] = wrong
  const summary = checks.failure ?? (steps.length === 0 ? '' : problems === 0 ? 'The steps fit together.' : pluralize(problems, 'problem'))
  const [shown, setShown] = useState(summary)
  if (shown !== summary && (checks.current || checks.failure !== null)) setShown(summary) // not while the person types
  return (
    <div className={styles.verdict} data-wrong={problems > 0 || checks.failure !== null || undefined}>
      <p role="status">
        {shown !== '' && problems === 0 && checks.failure === null && <CircleCheck aria-hidden size={16} />}
        {shown}
      </p>
      {first && (
        <Button small kind="quiet" onClick={() => onGo(first.key)}>
          Show first problem
        </Button>
      )}
      {refusal !== undefined && (
        <p role="alert" className={styles.refusal}>
          {refusal}
        </p>
      )}
    </div>
  )
}
