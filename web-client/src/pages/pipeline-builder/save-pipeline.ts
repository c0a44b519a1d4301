import { inputOf, type PipelineDraft } from '../../components/steps/pipeline-draft'
import { useThrowingMutation } from '../../lib/mutation'
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

export interface SavedPipeline {
  id: string
  name: string
  version: number
}

/** A pipeline in the state in which the editor opened it. */
export interface OpenedPipeline extends PipelineDraft {
  id: string
  version: number
}

/** Creates or updates a pipeline. Both functions reject with ApiError. */
export function useSavePipeline() {
  const create = useThrowingMutation(CreatePipeline)
  const update = useThrowingMutation(UpdatePipeline)
  return {
    asNew: async ({ name, description, steps }: PipelineDraft): Promise<SavedPipeline> => {
      const input = { name, description: description.trim() || null, steps: inputOf(steps) }
      return (await create({ input })).createPipeline
    },
    /** Creates a new version if the steps differ. */
    over: async (opened: OpenedPipeline, { name, description, steps }: PipelineDraft, note: string): Promise<SavedPipeline> => {
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
