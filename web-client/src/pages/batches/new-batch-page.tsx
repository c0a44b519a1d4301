import { useNavigate, useRouterState } from '@tanstack/react-router'
import { useState } from 'react'
import { useQuery } from 'urql'
import { Button } from '../../components/button'
import { Field } from '../../components/field'
import { FieldGroup } from '../../components/field-group'
import { EntityPicker } from '../../components/entity-picker'
import { Page } from '../../components/page'
import { Panel } from '../../components/panel'
import { TextArea, TextInput } from '../../components/text-input'
import { showToast } from '../../components/toast'
import { errorMessage, ApiError, useThrowingMutation } from '../../lib/mutation'
import { graphql } from '../../lib/graphql'
import { pluralize } from '../../lib/format'
import { CreateBatchFrom } from './create-batch-mutation'
import { GuidField } from './guid-field'
import { useGuidReading, type GuidText } from './guid-reading'
import styles from './new-batch-page.module.css'
import { Source, SourceList } from './source-list'
import type { BatchSources, MediaFileFilter } from './batch-sources'

export function NewBatchPage() {
  const initialSources = useRouterState({ select: (state) => state.location.state.batchSources })
  const key = useRouterState({ select: (state) => state.location.state.__TSR_key })
  return (
    <Page
      title="New batch"
      crumbs={[{ label: 'Batches', link: { to: '/batches' } }]}
      about="Add media files by GUID, from collections, from other batches or from a list. A media file that occurs in several sources is added once."
    >
      <NewBatchForm key={key} initialSources={initialSources ?? {}} />
    </Page>
  )
}

interface FormErrors {
  name?: string
  guids?: string
  /** An error that belongs to no field. */
  form?: string
}

function NewBatchForm({ initialSources }: { initialSources: BatchSources }) {
  const navigate = useNavigate()
  const create = useThrowingMutation(CreateBatchFrom)
  const [name, setName] = useState('')
  const [description, setDescription] = useState('')
  const [pipeline, setPipeline] = useState<string | null>(null)
  const [sources, setSources] = useState(initialSources)
  const [guidText, setGuidText] = useState<GuidText>({ text: '' })
  const [skipProblems, setSkipProblems] = useState(false)
  const [errors, setErrors] = useState<FormErrors>({})
  const [busy, setBusy] = useState(false)
  const { reading, busy: checking, failure } = useGuidReading(guidText.text)
  const summary = summarize(sources, reading?.found.length ?? 0)

  const validate = (): FormErrors => {
    const invalid: FormErrors = {}
    if (name.trim() === '') invalid.name = 'Enter a name.'
    if (reading && !skipProblems && reading.unknown.length + reading.repeated.length > 0) {
      invalid.guids = 'Fix the problems below, or continue without these GUIDs.'
    }
    if (summary.length === 0) invalid.guids ??= 'Add media files here, or choose a source below.'
    return invalid
  }

  const submit = async () => {
    const invalid = validate()
    setErrors(invalid)
    if (Object.keys(invalid).length > 0) return
    setBusy(true)
    try {
      const { createBatchFrom: batch } = await create({
        input: {
          name: name.trim(),
          description: description.trim() || null,
          pipelineId: pipeline,
          guids: [...new Set([...(sources.guids ?? []), ...(reading?.found ?? [])])],
          mediaFiles: sources.mediaFiles ?? null,
          collectionIds: sources.collectionIds ?? [],
          mmifIds: sources.mmifIds ?? [],
          batchIds: sources.batchIds ?? [],
        },
      })
      showToast(`Created batch ${batch.name} with ${pluralize(batch.mediaFileCount, 'media file')}.`)
      await navigate({ to: '/batches/$batchId', params: { batchId: batch.id } })
    } catch (error) {
      const aboutGuids = error instanceof ApiError && error.problem.extensions.guids !== undefined && summary.length === 1
      setErrors({ [aboutGuids && guidText.text !== '' ? 'guids' : 'form']: errorMessage(error) })
      setBusy(false)
    }
  }

  return (
    <form
      noValidate
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault()
        void submit()
      }}
    >
      <div>
        <Panel title="Details">
          <div className={styles.fields}>
            <div className={styles.pair}>
              <Field label="Name" error={errors.name}>
                <TextInput value={name} maxLength={255} autoFocus onChange={(event) => setName(event.target.value)} />
              </Field>
              <FieldGroup label="Default pipeline" help="You can choose another pipeline when you start the batch.">
                <EntityPicker
                  kind="pipeline"
                  label="Default pipeline"
                  look="field"
                  placeholder="None"
                  chosen={pipeline}
                  onChoose={(chosen) => setPipeline(chosen?.id ?? null)}
                />
              </FieldGroup>
            </div>
            <Field label="Description" help="Shown below the name in the list of batches.">
              <TextArea
                value={description}
                rows={2}
                className={styles.short}
                onChange={(event) => setDescription(event.target.value)}
              />
            </Field>
          </div>
        </Panel>
        <Panel title="Media files">
          <div className={styles.fields}>
            <ListSources sources={sources} onChange={setSources} />
            <GuidField
              value={guidText}
              onChange={(value) => {
                setGuidText(value)
                setSkipProblems(false)
                setErrors({})
              }}
              reading={reading}
              busy={checking}
              error={failure ?? errors.guids ?? null}
              skipProblems={skipProblems}
              onSkipProblemsChange={setSkipProblems}
            />
            <SourcePicker
              noun="collection"
              label="Collections"
              ids={sources.collectionIds ?? []}
              onChange={(collectionIds) => setSources({ ...sources, collectionIds })}
            />
            <SourcePicker
              noun="batch"
              label="Other batches"
              ids={sources.batchIds ?? []}
              onChange={(batchIds) => setSources({ ...sources, batchIds })}
            />
          </div>
        </Panel>
      </div>
      <aside className={styles.aside} aria-label="Summary">
        <Panel title="Summary">
          {summary.length === 0 ? (
            <p className={styles.quiet}>No media files yet.</p>
          ) : (
            <ul className={styles.summary}>
              {summary.map((line) => (
                <li key={line}>{line}</li>
              ))}
            </ul>
          )}
          {errors.form !== undefined && (
            <p role="alert" className={styles.wrong}>
              {errors.form}
            </p>
          )}
          <Button kind="primary" type="submit" busy={busy} disabled={checking} className={styles.create}>
            Create batch
          </Button>
          <p className={styles.quiet}>You can start the batch later.</p>
        </Panel>
      </aside>
    </form>
  )
}

interface SourcePickerProps {
  noun: 'collection' | 'batch'
  label: string
  ids: string[]
  onChange: (ids: string[]) => void
}

function SourcePicker({ noun, label, ids, onChange }: SourcePickerProps) {
  return (
    <FieldGroup label={label}>
      <SourceList noun={noun} ids={ids} onRemove={(removed) => onChange(ids.filter((id) => id !== removed))} />
      <EntityPicker
        key={ids.length} // clears the field after each choice
        kind={noun}
        label={`Add a ${noun}`}
        look="field"
        placeholder={`Add a ${noun} …`}
        chosen={null}
        onChoose={(chosen) => chosen && !ids.includes(chosen.id) && onChange([...ids, chosen.id])}
      />
    </FieldGroup>
  )
}

/** The sources that were selected in a list. */
function ListSources({ sources, onChange }: { sources: BatchSources; onChange: (sources: BatchSources) => void }) {
  const { guids, mediaFiles, mmifIds, ...rest } = sources
  if (!guids?.length && !mediaFiles && !mmifIds?.length) return null
  return (
    <FieldGroup label="Selected in a list">
      <ul className={styles.chosen}>
        {guids?.length ? (
          <Source
            name={pluralize(guids.length, 'selected media file')}
            about={guids.slice(0, 2).join(', ') + (guids.length > 2 ? ', …' : '')}
            onRemove={() => onChange({ ...sources, guids: [] })}
          />
        ) : null}
        {mediaFiles && (
          <FilterSource filter={mediaFiles} onRemove={() => onChange({ ...rest, guids: guids ?? [], mmifIds: mmifIds ?? [] })} />
        )}
        {mmifIds?.length ? (
          <Source
            name={pluralize(mmifIds.length, 'MMIF', 'MMIF')}
            about="Each of their files starts from its MMIF"
            onRemove={() => onChange({ ...sources, mmifIds: [] })}
          />
        ) : null}
      </ul>
    </FieldGroup>
  )
}

const CountMediaFiles = graphql(`
  query CountMediaFiles($filter: MediaFileFilter!) {
    mediaFiles(first: 0, filter: $filter) { totalCount { count exact } }
  }
`)

function FilterSource({ filter, onRemove }: { filter: MediaFileFilter; onRemove: () => void }) {
  const [{ data }] = useQuery({ query: CountMediaFiles, variables: { filter } })
  const total = data?.mediaFiles.totalCount
  return (
    <Source
      name="All media files that match the filter"
      about={total ? `${total.exact ? '' : 'about '}${pluralize(total.count, 'file')}` : '…'}
      onRemove={onRemove}
    />
  )
}

/** Describes the sources, one line each. */
function summarize(sources: BatchSources, guidCount: number): string[] {
  const { guids = [], mediaFiles, collectionIds = [], mmifIds = [], batchIds = [] } = sources
  return [
    guidCount > 0 && pluralize(guidCount, 'media file by its GUID', 'media files by their GUIDs'),
    guids.length > 0 && pluralize(guids.length, 'selected media file'),
    mediaFiles && 'all media files that match the filter',
    collectionIds.length > 0 && pluralize(collectionIds.length, 'collection'),
    batchIds.length > 0 && `${pluralize(batchIds.length, 'batch', 'batches')} with their inputs`,
    mmifIds.length > 0 && `the files of ${pluralize(mmifIds.length, 'MMIF', 'MMIF')}, each with its MMIF as input`,
  ].filter((line) => typeof line === 'string')
}
