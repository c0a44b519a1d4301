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
import { isOfName, SaveDialog } from './save-dialog'
import { useSavePipeline, type OpenedPipeline, type SavedPipeline } from './save-pipeline'
import { StepInspector } from './step-inspector'
import { StepList } from './step-list'

interface BuilderProps {
  title: string
  crumbs: Crumb[]
  apps: AppsById
  start: PipelineDraft
  /** What it changes; null: it makes a new one. */
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
  const [asking, setAsking] = useState(false)
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
  const place = steps.findIndex((step) => step.key === chosen)
  const step = steps[place]

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
    const wrong = obstacle(draft, checks)
    setRefusal(wrong.refusal)
    if (wrong.key !== null) setChosen(wrong.key)
    if (wrong.refusal.name !== undefined) nameField.current?.focus()
    if (Object.keys(wrong.refusal).length > 0) return
    if (opened && differs) {
      setAsking(true)
      return
    }
    setBusy(true)
    try {
      done(opened ? await saving.over(opened, draft, '') : await saving.asNew(draft))
    } catch (error) {
      setRefusal(isOfName(error) ? { name: errorMessage(error) } : { other: errorMessage(error) })
      if (isOfName(error)) nameField.current?.focus()
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
        The arrow keys move the step up and down; Home and End, to the first and the last place.
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
            placeholder="What it finds, and in which media"
            onChange={(event) => setDraft({ ...draft, description: event.target.value })}
          />
        </Field>
      </div>
      <Verdict checks={checks} steps={steps} refusal={refusal.other} onGo={setChosen} />
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
              position={place + 1}
              app={apps.get(step.appId)}
              check={checks.found.get(step.key)}
              onChange={(next) => change((known) => known.map((each) => (each.key === next.key ? next : each)))}
            />
          ) : (
            <Panel>
              <EmptyState icon={<MousePointerClick size={26} />} title="Begin with a step">
                A step is a CLAMS app with its parameters. Files go through the steps in order; each adds what it finds to
                the file’s MMIF.
              </EmptyState>
            </Panel>
          )}
        </div>
      </div>
      {asking && opened && (
        <SaveDialog opened={opened} draft={draft} onSaved={done} onClose={() => setAsking(false)} />
      )}
      {leaving.status === 'blocked' && (
        <Dialog
          open
          onClose={leaving.reset}
          title="Leave without saving?"
          about="What was changed here is not saved yet."
          actions={
            <>
              <Button onClick={leaving.reset}>Stay</Button>
              <Button kind="danger" onClick={leaving.proceed}>
                Leave, and lose it
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

/** What keeps it from being saved, as far as it is known here; `key`: the step to look at. */
function obstacle({ name, steps }: PipelineDraft, checks: StepChecks): { key: string | null; refusal: Refusal } {
  if (name.trim() === '') return { key: null, refusal: { name: 'It needs a name.' } }
  if (steps.length === 0) return { key: null, refusal: { other: 'It needs at least one step.' } }
  const wrong = checks.current ? steps.find((step) => checks.found.get(step.key)?.problems.length) : undefined
  if (!wrong) return { key: null, refusal: {} }
  return { key: wrong.key, refusal: { other: 'It can’t be saved so: see the step that is open now.' } }
}

interface VerdictProps {
  checks: StepChecks
  steps: DraftStep[]
  refusal: string | undefined
  onGo: (key: string) => void
}

/** Whether it can be saved so, in a line. */
function Verdict({ checks, steps, refusal, onGo }: VerdictProps) {
  const wrong = steps.filter((step) => checks.found.get(step.key)?.problems.length)
  const problems = wrong.reduce((sum, step) => sum + (checks.found.get(step.key)?.problems.length ?? 0), 0)
  const [first] = wrong
  const words = checks.failure ?? (steps.length === 0 ? '' : problems === 0 ? 'The steps fit together.' : pluralize(problems, 'problem'))
  const [told, setTold] = useState(words)
  if (told !== words && (checks.current || checks.failure !== null)) setTold(words) // not while it is being typed
  return (
    <div className={styles.verdict} data-wrong={problems > 0 || checks.failure !== null || undefined}>
      <p role="status">
        {told !== '' && problems === 0 && checks.failure === null && <CircleCheck aria-hidden size={16} />}
        {told}
      </p>
      {first && (
        <Button small kind="quiet" onClick={() => onGo(first.key)}>
          Show the first
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
