/** Queries that find entities by name, and the name of an entity by ID. All have the same shape. */
import { graphql, type ResultOf } from './graphql'

const Collections = {
  find: graphql(`
    query FindCollections($text: String) {
      found: collections(first: 20, filter: { text: $text }) { nodes { id name } }
    }
  `),
  name: graphql(`query CollectionName($id: ID!) { one: collection(id: $id) { id name } }`),
}

const Pipelines = {
  find: graphql(`
    query FindPipelines($text: String) {
      found: pipelines(first: 20, filter: { text: $text }) { nodes { id name } }
    }
  `),
  name: graphql(`query PipelineName($id: ID!) { one: pipeline(id: $id) { id name } }`),
}

const Batches = {
  find: graphql(`
    query FindBatches($text: String) {
      found: batches(first: 20, filter: { text: $text }) { nodes { id name } }
    }
  `),
  name: graphql(`query BatchName($id: ID!) { one: batch(id: $id) { id name } }`),
}

const Apps = {
  find: graphql(`
    query FindApps($text: String) {
      found: apps(first: 20, filter: { text: $text }) { nodes { id name } }
    }
  `),
  name: graphql(`query AppName($id: ID!) { one: app(id: $id) { id name } }`),
}

export const ENTITY_NAMES = { collection: Collections, pipeline: Pipelines, batch: Batches, app: Apps }

export type NamedEntityKind = keyof typeof ENTITY_NAMES

export type NamedEntity = ResultOf<typeof Collections.find>['found']['nodes'][number]
