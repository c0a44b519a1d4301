import { useMemo } from 'react'
import { graphql, type ResultOf } from './graphql'
import { useLiveState } from './subscriptions'

export const AppState = graphql(`
  fragment AppState on ClamsApp @_unmask {
    id
    name
    identifier
    version
    endpoint
    active
    maxConcurrency
    timeoutSeconds
    oneAtATime
    note
    circuit { openedAt trialAt trials reason }
    health { status message lookedAt lastAnswerAt lastFailureAt drift { identifier version since message } }
    load { slots taken waiting batchRuns }
  }
`)

export type AppState = ResultOf<typeof AppState>

const LiveApps = graphql(
  `
    subscription LiveApps {
      apps { asOf stale apps { ...AppState } }
    }
  `,
  [AppState],
)

export interface LiveAppStates {
  /** Returns an app with its latest state. */
  newest: <App extends { id: string }>(app: App) => App
  byId: (id: string) => AppState | undefined
  /**
   * Changes when an app is added, removed or renamed, when its version changes, and after a connection gap. Lists refetch
   * when it changes.
   */
  refetchKey: string | undefined
  staleSince: number | null
}

/** Subscribes to the state of all apps. */
export function useLiveApps(): LiveAppStates {
  const { data, staleSince, gaps } = useLiveState(LiveApps, {}, ({ apps }) => apps)
  return useMemo(() => {
    const apps = new Map<string, AppState>(data?.apps.apps.map((app) => [app.id, app]))
    return {
      newest: (app) => ({ ...app, ...apps.get(app.id) }),
      byId: (id) => apps.get(id),
      refetchKey:
        data || staleSince !== null
          ? [gaps, ...[...apps.values()].map(({ id, name, identifier }) => [id, name, identifier].join())].join(' ')
          : undefined,
      staleSince,
    }
  }, [data, staleSince, gaps])
}
