import { SearchX } from 'lucide-react'
import { EmptyState } from './empty-state'

/** Shown if no row matches the filters. `noun`: as in "No batch matches". */
export function NoMatches({ noun }: { noun: string }) {
  return (
    <EmptyState icon={<SearchX size={26} />} title={`No ${noun} matches`}>
      Change a filter, or show all.
    </EmptyState>
  )
}
