import { screen } from '@testing-library/react'
import { expect, it } from 'vitest'
import { Refusal, serve, show } from '../../testing/page'
import { NoActiveRuns } from './no-active-runs'

it('a failed request can be retried', async () => {
  const answers = { CatalogCounts: (): unknown => new Refusal('The database is unavailable.', { code: 'INTERNAL' }) }
  serve(answers)
  const user = show(<NoActiveRuns />)
  expect((await screen.findByRole('alert')).textContent).toContain('The database is unavailable.')
  const some = { totalCount: { count: 1 } }
  answers.CatalogCounts = () => ({ apps: some, mediaFiles: some, pipelines: some, batches: some, batchRuns: some })
  await user.click(screen.getByRole('button', { name: 'Try again' }))
  await screen.findByRole('heading', { name: 'Nothing is running' })
})
