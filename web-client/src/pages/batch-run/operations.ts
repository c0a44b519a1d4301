import { graphql } from '../../lib/graphql'

/** The run as a whole. */
export const RunState = graphql(`
  subscription RunState($id: ID!) {
    batchRun(id: $id) {
      id
      status
      percent
      priority
      stale
      asOf
      createdAt
      startedAt
      endedAt
      counts { total waiting running finished failed canceled }
      steps {
        position
        percent
        app { id name }
        counts { total waiting running finished failed canceled }
        waitingFor { reason message until }
      }
      pipeline { id name version }
      batch { id name }
    }
  }
`)

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
