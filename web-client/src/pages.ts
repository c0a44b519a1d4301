/** All pages, one line each. Each page's code is a chunk of its own, fetched when a link to it is hovered or opened. */
import { lazyRouteComponent as lazy } from '@tanstack/react-router'
import { activityRoute } from './pages/activity/route'
import { appRoute } from './pages/app/route'
import { appsRoute } from './pages/apps/route'
import { batchRunRoute } from './pages/batch-run/route'
import { batchRoute } from './pages/batches/batch-route'
import { newBatchRoute } from './pages/batches/new-batch-route'
import { batchesRoute } from './pages/batches/route'
import { collectionRoute } from './pages/collections/collection-route'
import { collectionsRoute } from './pages/collections/route'
import { mediaImportRoute } from './pages/media/import-route'
import { mediaFileRoute } from './pages/media/media-file-route'
import { mediaRoute } from './pages/media/route'
import { mmifRoute } from './pages/mmifs/mmif-route'
import { mmifsRoute } from './pages/mmifs/route'
import { nowRoute } from './pages/now/route'
import { editPipelineRoute } from './pages/pipeline-builder/edit-route'
import { newPipelineRoute } from './pages/pipeline-builder/new-route'
import { pipelineRunRoute } from './pages/pipeline-run/route'
import { pipelineRoute } from './pages/pipeline/route'
import { importPipelineRoute } from './pages/pipelines/import-route'
import { pipelinesRoute } from './pages/pipelines/route'
import { runsRoute } from './pages/runs/route'
import { rootRoute } from './root-route'

export const routeTree = rootRoute.addChildren([
  nowRoute.update({ component: lazy(() => import('./pages/now/now-page'), 'NowPage') }),
  runsRoute.update({ component: lazy(() => import('./pages/runs/runs-page'), 'RunsPage') }),
  batchRunRoute.update({ component: lazy(() => import('./pages/batch-run/batch-run-page'), 'BatchRunPage') }),
  pipelineRunRoute.update({ component: lazy(() => import('./pages/pipeline-run/pipeline-run-page'), 'PipelineRunPage') }),
  batchesRoute.update({ component: lazy(() => import('./pages/batches/batches-page'), 'BatchesPage') }),
  newBatchRoute.update({ component: lazy(() => import('./pages/batches/new-batch-page'), 'NewBatchPage') }),
  batchRoute.update({ component: lazy(() => import('./pages/batches/batch-page'), 'BatchPage') }),
  mediaRoute.update({ component: lazy(() => import('./pages/media/media-page'), 'MediaPage') }),
  mediaImportRoute.update({ component: lazy(() => import('./pages/media/import-page'), 'ImportPage') }),
  mediaFileRoute.update({ component: lazy(() => import('./pages/media/media-file-page'), 'MediaFilePage') }),
  collectionsRoute.update({ component: lazy(() => import('./pages/collections/collections-page'), 'CollectionsPage') }),
  collectionRoute.update({ component: lazy(() => import('./pages/collections/collection-page'), 'CollectionPage') }),
  mmifsRoute.update({ component: lazy(() => import('./pages/mmifs/mmifs-page'), 'MmifsPage') }),
  mmifRoute.update({ component: lazy(() => import('./pages/mmifs/mmif-page'), 'MmifPage') }),
  pipelinesRoute.update({ component: lazy(() => import('./pages/pipelines/pipelines-page'), 'PipelinesPage') }),
  newPipelineRoute.update({ component: lazy(() => import('./pages/pipeline-builder/builder-page'), 'NewPipelinePage') }),
  importPipelineRoute.update({ component: lazy(() => import('./pages/pipelines/import-page'), 'ImportPipelinePage') }),
  pipelineRoute.update({ component: lazy(() => import('./pages/pipeline/pipeline-page'), 'PipelinePage') }),
  editPipelineRoute.update({ component: lazy(() => import('./pages/pipeline-builder/builder-page'), 'EditPipelinePage') }),
  appsRoute.update({ component: lazy(() => import('./pages/apps/apps-page'), 'AppsPage') }),
  appRoute.update({ component: lazy(() => import('./pages/app/app-page'), 'AppPage') }),
  activityRoute.update({ component: lazy(() => import('./pages/activity/activity-page'), 'ActivityPage') }),
])
