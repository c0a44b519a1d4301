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

/** What can be done with many apps. */
export function AppBulkActions(props: BulkActionsProps<AppFilter>) {
  const { selecting, filter } = props
  const chosen = idArguments(bulkTarget(selecting.selection, filter))
  const done = clearWhenDone(props)
  return (
    <>
      <BulkAction
        label="Ask again"
        icon={RefreshCw}
        title="Ask apps what they are"
        verb="Ask them"
        mutation={RefreshApps}
        variables={chosen}
        onDone={done}
      />
      <BulkAction
        label="Activate"
        icon={Power}
        title="Activate apps"
        verb="Activate them"
        mutation={UpdateApps}
        variables={{ ...chosen, input: { active: true } }}
        onDone={done}
      />
      <BulkAction
        label="Deactivate"
        icon={PowerOff}
        danger
        title="Deactivate apps"
        verb="Deactivate them"
        mutation={UpdateApps}
        variables={{ ...chosen, input: { active: false } }}
        onDone={done}
      />
    </>
  )
}
