import { graphql, type ResultOf } from '../../lib/graphql'

/** App calls of a run, newest first. */
export const RunCalls = graphql(`
  query RunCalls($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
    batchRun(id: $id) {
      id
      asOf
      attempts(first: $first, after: $after, last: $last, before: $before) {
        nodes {
          number
          worker
          startedAt
          endedAt
          underWay
          error { code message }
          stepRun {
            id
            position
            app { id name }
            pipelineRun { id mediaFile { guid } }
          }
        }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      }
    }
  }
`)

type Attempt = NonNullable<ResultOf<typeof RunCalls>['batchRun']>['attempts']['nodes'][number]

export interface Call {
  key: string
  guid: string
  pipelineRun: string
  app: string
  number: number
  worker: string
  startedAt: number
  endedAt: number | null
  underWay: boolean
  error: { code: string; message: string } | null
}

export function callOf(attempt: Attempt): Call {
  return {
    key: `${attempt.stepRun.id} ${attempt.number}`,
    guid: attempt.stepRun.pipelineRun.mediaFile.guid,
    pipelineRun: attempt.stepRun.pipelineRun.id,
    app: attempt.stepRun.app.name,
    number: attempt.number,
    worker: attempt.worker,
    startedAt: Date.parse(attempt.startedAt),
    endedAt: attempt.endedAt === null ? null : Date.parse(attempt.endedAt),
    underWay: attempt.underWay,
    error: attempt.error,
  }
}

export const OUTCOMES = ['running', 'finished', 'failed', 'lost'] as const

export type Outcome = (typeof OUTCOMES)[number]

export function outcomeOf({ underWay, error, endedAt }: Call): Outcome {
  if (underWay) return 'running'
  if (error) return 'failed'
  return endedAt === null ? 'lost' : 'finished'
}

export const OUTCOME_WORDS: Record<Outcome, string> = {
  running: 'running',
  finished: 'succeeded',
  failed: 'failed',
  lost: 'stopped, canceled or lost',
}
