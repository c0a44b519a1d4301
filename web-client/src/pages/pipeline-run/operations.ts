import { graphql, type ResultOf } from '../../lib/graphql'

/** A file's way through a pipeline, with all that is known of it. */
export const FileRun = graphql(`
  query FileRun($id: ID!) {
    pipelineRun(id: $id) {
      id
      status
      paused
      percent
      createdAt
      startedAt
      endedAt
      batchRun {
        id
        cursor
        status
        endedAt
        batch { id name }
        pipeline { id name version }
      }
      mediaFile {
        guid
        documents { type location mime durationSeconds }
        mmifs(first: 100) {
          nodes {
            id
            size
            createdAt
            url
            step { id position pipelineRun { id } }
          }
        }
      }
      steps {
        id
        position
        status
        percent
        progressSource
        attempts
        startedAt
        endedAt
        parameters
        app { id name identifier }
        error { code message detail }
        waitingFor { reason message until }
        mmif { id size createdAt url }
        attemptList {
          number
          worker
          startedAt
          endedAt
          underWay
          error { code message detail }
        }
      }
    }
  }
`)

/** Which files of its batch run have changed: whether this one is among them. */
export const ChangedFiles = graphql(`
  subscription ChangedFiles($batchRunId: ID!, $after: String) {
    pipelineRuns(batchRunId: $batchRunId, after: $after) {
      cursor
      asOf
      stale
      pipelineRuns { id }
    }
  }
`)

export type FileRunData = NonNullable<ResultOf<typeof FileRun>['pipelineRun']>
export type StepData = FileRunData['steps'][number]
export type AttemptData = StepData['attemptList'][number]
export type ErrorData = NonNullable<StepData['error']>
