import { SearchX } from 'lucide-react'
import { EmptyState } from './empty-state'

/** A filter that leaves everything out. `noun`: as in "No batch matches". */
export function NoMatches({ noun }: { noun: string }) {
  return (
    <EmptyState icon={<SearchX size={26} />} title={`No ${noun} matches`}>
      Nothing here is left by these filters. Loosen one of them, or show all.
    </EmptyState>
  )
}
