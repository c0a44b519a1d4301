import { Page } from '../../components/page'

export function PipelineRunPage() {
  return <Page title="File run">…</Page>
}
