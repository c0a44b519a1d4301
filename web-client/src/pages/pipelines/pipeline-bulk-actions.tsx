import { Archive, ArchiveRestore } from 'lucide-react'
import { BulkAction } from '../../components/bulk-action'
import { BulkDelete } from '../../components/bulk-delete'
import { BulkOutcome } from '../../lib/bulk-mutation'
import { bulkTarget, clearWhenDone, idArguments, type BulkActionsProps } from '../../lib/bulk-target'
import { graphql, type VariablesOf } from '../../lib/graphql'

export const DeletePipelines = graphql(
  `
    mutation DeletePipelines($ids: [ID!], $filter: PipelineFilter, $dryRun: Boolean!) {
      outcome: deletePipelines(ids: $ids, filter: $filter, dryRun: $dryRun) { ...BulkOutcome }
    }
  `,
  [BulkOutcome],
)

export const ArchivePipelines = graphql(
  `
    mutation ArchivePipelines($ids: [ID!], $filter: PipelineFilter, $archived: Boolean!, $dryRun: Boolean!) {
      outcome: archivePipelines(ids: $ids, filter: $filter, archived: $archived, dryRun: $dryRun) { ...BulkOutcome }
    }
  `,
  [BulkOutcome],
)

export type PipelineFilter = NonNullable<VariablesOf<typeof DeletePipelines>['filter']>

/** The bulk actions on pipelines. */
export function PipelineBulkActions(props: BulkActionsProps<PipelineFilter>) {
  const { selecting, filter } = props
  const chosen = idArguments(bulkTarget(selecting.selection, filter))
  const done = clearWhenDone(props)
  return (
    <>
      {filter.archived !== true && (
        <BulkAction
          label="Archive"
          icon={Archive}
          title="Archive pipelines"
          verb="Archive"
          mutation={ArchivePipelines}
          variables={{ ...chosen, archived: true }}
          onDone={done}
        />
      )}
      {filter.archived !== false && (
        <BulkAction
          label="Unarchive"
          icon={ArchiveRestore}
          title="Unarchive pipelines"
          verb="Unarchive"
          mutation={ArchivePipelines}
          variables={{ ...chosen, archived: false }}
          onDone={done}
        />
      )}
      <BulkDelete
        title="Delete pipelines"
        mutation={DeletePipelines}
        variables={chosen}
        onDone={done}
      />
    </>
  )
}
