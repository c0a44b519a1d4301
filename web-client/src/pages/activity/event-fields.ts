import { graphql, type FragmentOf } from '../../lib/graphql'

export const EventFields = graphql(`
  fragment EventFields on Event @_unmask {
    id
    at
    actor
    actorClaim
    action
    subjectKind
    subjectId
    subjectName
    details
  }
`)

export type Event = FragmentOf<typeof EventFields>
