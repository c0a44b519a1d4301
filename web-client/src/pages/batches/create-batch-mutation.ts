import { graphql } from '../../lib/graphql'

export const CreateBatchFrom = graphql(`
  mutation CreateBatchFrom($input: CreateBatchFromInput!) {
    createBatchFrom(input: $input) { id name mediaFileCount }
  }
`)
