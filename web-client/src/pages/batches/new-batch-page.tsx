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
  const given = useRouterState({ select: (state) => state.location.state.batchSources })
  const key = useRouterState({ select: (state) => state.location.state.__TSR_key })
  return (
    <Page
      title="New batch"
      crumbs={[{ label: 'Batches', link: { to: '/batches' } }]}
      about="Of GUIDs, whole collections, other batches, or what was chosen in a list. A media file that comes from several of them is in it once."
    >
      <NewBatchForm key={key} given={given ?? {}} />
    </Page>
  )
}

interface Mistakes {
  name?: string
  guids?: string
  /** What lies with no field. */
  all?: string
}

function NewBatchForm({ given }: { given: BatchSources }) {
  const navigate = useNavigate()
  const create = useThrowingMutation(CreateBatchFrom)
  const [name, setName] = useState('')
  const [description, setDescription] = useState('')
  const [pipeline, setPipeline] = useState<string | null>(null)
  const [sources, setSources] = useState(given)
  const [guidText, setGuidText] = useState<GuidText>({ text: '' })
  const [lenient, setLenient] = useState(false)
  const [mistakes, setMistakes] = useState<Mistakes>({})
  const [busy, setBusy] = useState(false)
  const { reading, busy: looking, failure } = useGuidReading(guidText.text)
  const told = wordsOf(sources, reading?.found.length ?? 0)

  const found = (): Mistakes => {
    const wrong: Mistakes = {}
    if (name.trim() === '') wrong.name = 'Give it a name that the others will know it by.'
    if (reading && !lenient && reading.unknown.length + reading.repeated.length > 0) {
      wrong.guids = 'Mend what is told below, or go on without it.'
    }
    if (told.length === 0) wrong.guids ??= 'Say which media files: here, or with what is below.'
    return wrong
  }

  const submit = async () => {
    const wrong = found()
    setMistakes(wrong)
    if (Object.keys(wrong).length > 0) return
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
      showToast(`The batch ${batch.name} has ${pluralize(batch.mediaFileCount, 'media file')}.`)
      await navigate({ to: '/batches/$batchId', params: { batchId: batch.id } })
    } catch (error) {
      const ofGuids = error instanceof ApiError && error.problem.extensions.guids !== undefined && told.length === 1
      setMistakes({ [ofGuids && guidText.text !== '' ? 'guids' : 'all']: errorMessage(error) })
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
        <Panel title="What it is">
          <div className={styles.fields}>
            <div className={styles.pair}>
              <Field label="Name" error={mistakes.name}>
                <TextInput value={name} maxLength={255} autoFocus onChange={(event) => setName(event.target.value)} />
              </Field>
              <FieldGroup label="Pipeline" help="On which it is started unless another one is chosen then.">
                <EntityPicker
                  kind="pipeline"
                  label="Pipeline"
                  look="field"
                  placeholder="None yet"
                  chosen={pipeline}
                  onChoose={(chosen) => setPipeline(chosen?.id ?? null)}
                />
              </FieldGroup>
            </div>
            <Field label="Description" help="For those who come across it later.">
              <TextArea
                value={description}
                rows={2}
                className={styles.short}
                onChange={(event) => setDescription(event.target.value)}
              />
            </Field>
          </div>
        </Panel>
        <Panel title="What is in it">
          <div className={styles.fields}>
            <Chosen sources={sources} onChange={setSources} />
            <GuidField
              value={guidText}
              onChange={(value) => {
                setGuidText(value)
                setLenient(false)
                setMistakes({})
              }}
              reading={reading}
              busy={looking}
              error={failure ?? mistakes.guids ?? null}
              lenient={lenient}
              onLenient={setLenient}
            />
            <Wholes
              noun="collection"
              label="Whole collections"
              ids={sources.collectionIds ?? []}
              onChange={(collectionIds) => setSources({ ...sources, collectionIds })}
            />
            <Wholes
              noun="batch"
              label="Other batches"
              ids={sources.batchIds ?? []}
              onChange={(batchIds) => setSources({ ...sources, batchIds })}
            />
          </div>
        </Panel>
      </div>
      <aside className={styles.aside} aria-label="What will be made">
        <Panel title="What will be made">
          {told.length === 0 ? (
            <p className={styles.quiet}>Nothing yet: say which media files.</p>
          ) : (
            <ul className={styles.told}>
              {told.map((line) => (
                <li key={line}>{line}</li>
              ))}
            </ul>
          )}
          {mistakes.all !== undefined && (
            <p role="alert" className={styles.wrong}>
              {mistakes.all}
            </p>
          )}
          <Button kind="primary" type="submit" busy={busy} disabled={looking} className={styles.make}>
            Make the batch
          </Button>
          <p className={styles.quiet}>It is not started yet.</p>
        </Panel>
      </aside>
    </form>
  )
}

interface WholesProps {
  noun: 'collection' | 'batch'
  label: string
  ids: string[]
  onChange: (ids: string[]) => void
}

function Wholes({ noun, label, ids, onChange }: WholesProps) {
  return (
    <FieldGroup label={label}>
      <SourceList noun={noun} ids={ids} onRemove={(gone) => onChange(ids.filter((id) => id !== gone))} />
      <EntityPicker
        key={ids.length} // after each choice it is empty again
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

/** What came from a list. */
function Chosen({ sources, onChange }: { sources: BatchSources; onChange: (sources: BatchSources) => void }) {
  const { guids, mediaFiles, mmifIds, ...rest } = sources
  if (!guids?.length && !mediaFiles && !mmifIds?.length) return null
  return (
    <FieldGroup label="Chosen in a list">
      <ul className={styles.chosen}>
        {guids?.length ? (
          <Source
            name={pluralize(guids.length, 'chosen media file')}
            about={guids.slice(0, 2).join(', ') + (guids.length > 2 ? ', …' : '')}
            onRemove={() => onChange({ ...sources, guids: [] })}
          />
        ) : null}
        {mediaFiles && (
          <FilterSource filter={mediaFiles} onRemove={() => onChange({ ...rest, guids: guids ?? [], mmifIds: mmifIds ?? [] })} />
        )}
        {mmifIds?.length ? (
          <Source
            name={pluralize(mmifIds.length, 'MMIF')}
            about="Their files, each starting from its MMIF"
            onRemove={() => onChange({ ...sources, mmifIds: [] })}
          />
        ) : null}
      </ul>
    </FieldGroup>
  )
}

const HowMany = graphql(`
  query HowManyMediaFiles($filter: MediaFileFilter!) {
    mediaFiles(first: 0, filter: $filter) { totalCount { count exact } }
  }
`)

function FilterSource({ filter, onRemove }: { filter: MediaFileFilter; onRemove: () => void }) {
  const [{ data }] = useQuery({ query: HowMany, variables: { filter } })
  const total = data?.mediaFiles.totalCount
  return (
    <Source
      name="All media files that the list found"
      about={total ? `${total.exact ? '' : 'about '}${pluralize(total.count, 'file')}` : '…'}
      onRemove={onRemove}
    />
  )
}

/** What it is made of, a line each. */
function wordsOf(sources: BatchSources, found: number): string[] {
  const { guids = [], mediaFiles, collectionIds = [], mmifIds = [], batchIds = [] } = sources
  return [
    found > 0 && pluralize(found, 'media file by its GUID', 'media files by their GUIDs'),
    guids.length > 0 && pluralize(guids.length, 'chosen media file'),
    mediaFiles && 'all media files that the list found',
    collectionIds.length > 0 && pluralize(collectionIds.length, 'whole collection'),
    batchIds.length > 0 && `${pluralize(batchIds.length, 'batch', 'batches')} with their inputs`,
    mmifIds.length > 0 && `the files of ${pluralize(mmifIds.length, 'MMIF')}, each with its MMIF as input`,
  ].filter((line) => typeof line === 'string')
}
