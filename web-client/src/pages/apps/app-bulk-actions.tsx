import { Power, PowerOff, RefreshCw } from 'lucide-react'
import { BulkAction } from '../../components/bulk-action'
import { BulkOutcome } from '../../lib/bulk-mutation'
import { bulkTarget, clearWhenDone, idArguments, type BulkActionsProps } from '../../lib/bulk-target'
import { graphql, type VariablesOf } from '../../lib/graphql'

export const UpdateApps = graphql(
  `
    mutation UpdateApps($ids: [ID!], $filter: AppFilter, $input: UpdateAppsInput!, $dryRun: Boolean!) {
      outcome: updateApps(ids: $ids, filter: $filter, input: $input, dryRun: $dryRun) { ...BulkOutcome }
    }
  `,
  [BulkOutcome],
)

const RefreshApps = graphql(
  `
    mutation RefreshApps($ids: [ID!], $filter: AppFilter, $dryRun: Boolean!) {
      outcome: refreshApps(ids: $ids, filter: $filter, dryRun: $dryRun) { ...BulkOutcome }
    }
  `,
  [BulkOutcome],
)

export type AppFilter = NonNullable<VariablesOf<typeof UpdateApps>['filter']>

/** The bulk actions on apps. */
export function AppBulkActions(props: BulkActionsProps<AppFilter>) {
  const { selecting, filter } = props
  const chosen = idArguments(bulkTarget(selecting.selection, filter))
  const done = clearWhenDone(props)
  return (
    <>
      <BulkAction
        label="Refresh metadata"
        icon={RefreshCw}
        title="Refresh metadata of apps"
        verb="Refresh"
        mutation={RefreshApps}
        variables={chosen}
        onDone={done}
      />
      <BulkAction
        label="Activate"
        icon={Power}
        title="Activate apps"
        verb="Activate"
        mutation={UpdateApps}
        variables={{ ...chosen, input: { active: true } }}
        onDone={done}
      />
      <BulkAction
        label="Deactivate"
        icon={PowerOff}
        danger
        title="Deactivate apps"
        verb="Deactivate"
        mutation={UpdateApps}
        variables={{ ...chosen, input: { active: false } }}
        onDone={done}
      />
    </>
  )
}
