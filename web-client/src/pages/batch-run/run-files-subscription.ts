import { graphql } from '../../lib/graphql'

/** Each of its files: all of them first, then what changes. */
export const RunFiles = graphql(`
  subscription RunFiles($batchRunId: ID!, $after: String) {
    pipelineRuns(batchRunId: $batchRunId, after: $after) {
      cursor
      asOf
      stale
      pipelineRuns {
        id
        status
        paused
        endedAt
        mediaFile { guid }
        steps { status percent attempts error { code message } }
      }
    }
  }
`)
