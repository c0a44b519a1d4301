import { graphql } from '../../lib/graphql'
import { MediaFileFields } from './media-fields'

export const MediaFiles = graphql(
  `
    query MediaFiles(
      $first: Int, $after: String, $last: Int, $before: String,
      $filter: MediaFileFilter, $sort: MediaFileSort!, $descending: Boolean!
    ) {
      mediaFiles(
        first: $first, after: $after, last: $last, before: $before,
        filter: $filter, sort: $sort, descending: $descending
      ) {
        nodes { ...MediaFileFields }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        totalCount { count exact }
      }
    }
  `,
  [MediaFileFields],
)
