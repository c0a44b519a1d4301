import { graphql, type ResultOf } from '../../lib/graphql'

/** What ran when on which worker, the newest call first. */
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

type Told = NonNullable<ResultOf<typeof RunCalls>['batchRun']>['attempts']['nodes'][number]

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

export function callOf(told: Told): Call {
  return {
    key: `${told.stepRun.id} ${told.number}`,
    guid: told.stepRun.pipelineRun.mediaFile.guid,
    pipelineRun: told.stepRun.pipelineRun.id,
    app: told.stepRun.app.name,
    number: told.number,
    worker: told.worker,
    startedAt: Date.parse(told.startedAt),
    endedAt: told.endedAt === null ? null : Date.parse(told.endedAt),
    underWay: told.underWay,
    error: told.error,
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
  running: 'under way',
  finished: 'answered',
  failed: 'failed',
  lost: 'stopped, canceled or lost',
}
