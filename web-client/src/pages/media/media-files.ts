import { graphql, type ResultOf } from '../../lib/graphql'

export const MediaFiles = graphql(`
  query MediaFiles(
    $first: Int, $after: String, $last: Int, $before: String,
    $filter: MediaFileFilter, $sort: MediaFileSort!, $descending: Boolean!
  ) {
    mediaFiles(
      first: $first, after: $after, last: $last, before: $before,
      filter: $filter, sort: $sort, descending: $descending
    ) {
      nodes {
        guid
        createdAt
        documents { type durationSeconds sizeBytes }
        collections { id name }
        newestMmif { id origin appIdentifier createdAt }
      }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      totalCount { count exact }
    }
  }
`)

export type MediaFile = ResultOf<typeof MediaFiles>['mediaFiles']['nodes'][number]
