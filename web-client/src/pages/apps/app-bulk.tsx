import { Power, PowerOff, RefreshCw } from 'lucide-react'
import { BulkAction } from '../../components/bulk-action'
import { BulkOutcome } from '../../lib/bulk-mutation'
import { idArguments, bulkTarget } from '../../lib/bulk-target'
import { graphql, type VariablesOf } from '../../lib/graphql'
import type { RowSelection } from '../../lib/selection'

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

interface AppBulkProps {
  selecting: RowSelection
  filter: AppFilter
  onDone: () => void
}

/** What can be done with many apps. */
export function AppBulk({ selecting, filter, onDone }: AppBulkProps) {
  const chosen = idArguments(bulkTarget(selecting.selection, filter))
  const done = () => {
    selecting.clear()
    onDone()
  }
  return (
    <>
      <BulkAction
        label="Ask again"
        icon={<RefreshCw aria-hidden size={15} />}
        title="Ask apps what they are"
        verb="Ask them"
        mutation={RefreshApps}
        variables={chosen}
        onDone={done}
      />
      <BulkAction
        label="Activate"
        icon={<Power aria-hidden size={15} />}
        title="Activate apps"
        verb="Activate them"
        mutation={UpdateApps}
        variables={{ ...chosen, input: { active: true } }}
        onDone={done}
      />
      <BulkAction
        label="Deactivate"
        icon={<PowerOff aria-hidden size={15} />}
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
