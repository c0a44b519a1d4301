import { graphql, type ResultOf } from '../../lib/graphql'

export const MediaFileQuery = graphql(`
  query MediaFile($guid: String!) {
    mediaFile(guid: $guid) {
      guid
      revision
      createdAt
      documents { type location mime durationSeconds sizeBytes checksum }
      collections { id name }
      newestMmif { id origin appIdentifier createdAt }
    }
  }
`)

export type MediaFileDetails = NonNullable<ResultOf<typeof MediaFileQuery>['mediaFile']>
