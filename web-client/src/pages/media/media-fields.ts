import { graphql, type ResultOf } from '../../lib/graphql'

export const MediaFileFields = graphql(`
  fragment MediaFileFields on MediaFile @_unmask {
    guid
    createdAt
    documents { type durationSeconds sizeBytes }
    collections { id name }
    newestMmif { id origin appIdentifier createdAt }
  }
`)

export type MediaFileRow = ResultOf<typeof MediaFileFields>
