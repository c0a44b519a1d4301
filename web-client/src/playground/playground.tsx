import { createGraphiQLFetcher, type Fetcher } from '@graphiql/toolkit'
import { GraphiQL } from 'graphiql'
import 'graphiql/setup-workers/vite'
import 'graphiql/style.css'
import { createClient } from 'graphql-ws'
import type { ReactNode } from 'react'
import { Sidebar, type Place } from '../components/sidebar'
import { ThemeSwitch } from '../components/theme-switch'
import { useStoredChoice } from '../lib/stored-choice'
import { theme } from '../lib/theme'
import { EXAMPLES } from './examples'
import './graphiql.css'
import { visibleOperation } from './operation'
import styles from './playground.module.css'

const url = new URL('/graphql', location.href)
const webSocketUrl = new URL(url)
webSocketUrl.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'

const sendToServer = createGraphiQLFetcher({
  url: url.href,
  wsClient: createClient({ url: webSocketUrl.href }),
})
const fetcher: Fetcher = (params, options) => sendToServer(...visibleOperation(params, options))

export function Playground() {
  const storedTheme = useStoredChoice(theme)
  return (
    <div className={styles.page}>
      <Sidebar PlaceLink={PlaceLink} playground>
        <ThemeSwitch />
      </Sidebar>
      <main className={styles.main} aria-label="Playground">
        <GraphiQL
          fetcher={fetcher}
          defaultTabs={EXAMPLES}
          {...(storedTheme === 'system' ? {} : { forcedTheme: storedTheme })}
        >
          <GraphiQL.Logo>
            <h1 className="unseen">Playground</h1>
          </GraphiQL.Logo>
        </GraphiQL>
      </main>
    </div>
  )
}

/** A plain link, because the pages are another HTML document. */
function PlaceLink({ place, ...props }: { place: Place; className: string | undefined; children: ReactNode }) {
  return <a href={place.to} {...props} />
}
