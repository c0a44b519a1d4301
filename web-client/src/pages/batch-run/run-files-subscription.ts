import { graphql } from '../../lib/graphql'

/** The files of a run: first all files, then changes. */
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
