import { inputOf, type Draft } from '../../components/steps/draft'
import { useChange } from '../../lib/change'
import { graphql } from '../../lib/graphql'

const CreatePipeline = graphql(`
  mutation CreatePipeline($input: CreatePipelineInput!) {
    createPipeline(input: $input) { id name version }
  }
`)

const UpdatePipeline = graphql(`
  mutation UpdatePipeline($id: ID!, $input: UpdatePipelineInput!) {
    updatePipeline(id: $id, input: $input) { id name version }
  }
`)

export interface Saved {
  id: string
  name: string
  version: number
}

/** A pipeline as it was when it was opened. */
export interface Opened extends Draft {
  id: string
  version: number
}

/** Both reject with Refused. */
export function useSaving() {
  const create = useChange(CreatePipeline)
  const update = useChange(UpdatePipeline)
  return {
    asNew: async ({ name, description, steps }: Draft): Promise<Saved> => {
      const input = { name, description: description.trim() || null, steps: inputOf(steps) }
      return (await create({ input })).createPipeline
    },
    /** A new version, if the steps are others. */
    over: async (opened: Opened, { name, description, steps }: Draft, note: string): Promise<Saved> => {
      const input = {
        name,
        description: description.trim() || null,
        steps: inputOf(steps),
        note: note.trim() || null,
        expectedVersion: opened.version,
      }
      return (await update({ id: opened.id, input })).updatePipeline
    },
  }
}
