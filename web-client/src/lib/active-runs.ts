import { graphql, type ResultOf } from './graphql'
import { useLiveState, type Live } from './subscriptions'

const ActiveRuns = graphql(`
  subscription ActiveRuns {
    activeBatchRuns {
      id
      status
      percent
      priority
      stale
      asOf
      createdAt
      startedAt
      counts {
        total
        waiting
        running
        finished
        failed
        canceled
      }
      batch {
        id
        name
      }
      pipeline {
        id
        name
        version
      }
      warnings
      steps {
        position
        percent
        counts {
          total
          waiting
          running
          finished
          failed
          canceled
        }
        app {
          id
          name
        }
        waitingFor {
          reason
          message
          until
        }
      }
    }
  }
`)

type ActiveRuns = ResultOf<typeof ActiveRuns>
export type ActiveRun = ActiveRuns['activeBatchRuns'][number]

/** Subscribes to all active batch runs. All pages share the subscription, because each shows their number. */
export function useActiveRuns(): Live<ActiveRuns> {
  return useLiveState(ActiveRuns, {}, ({ activeBatchRuns: [first] }) => first)
}
