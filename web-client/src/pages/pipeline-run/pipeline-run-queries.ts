import { graphql, type ResultOf } from '../../lib/graphql'

/** A pipeline run with all details. */
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

/** The MMIF of a media file since the start of a run, oldest first. Includes those of other runs. */
export const MmifsSince = graphql(`
  query MmifsSince($guid: String!, $since: DateTime!) {
    mmifs(first: 500, filter: { guids: [$guid], created: { from: $since } }, sort: CREATED, descending: false) {
      nodes {
        id
        size
        createdAt
        url
        step { id position pipelineRun { id } }
      }
      pageInfo { hasNextPage }
    }
  }
`)

/** The IDs of the changed files of a batch run. */
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
