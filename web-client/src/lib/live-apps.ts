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
  /** The newest state of an app that was read before. */
  newest: <App extends { id: string }>(app: App) => App
  byId: (id: string) => AppState | undefined
  /**
   * Changes when there is another app, or one is in another version, and after a gap in what was heard: what was read
   * before is read again then.
   */
  refetchKey: string | undefined
  staleSince: number | null
}

/** How all apps do, as it changes. */
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
