/** Every page, a line each. A page lies in src/pages/, and its route says where it is and what its address holds. */
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
  nowRoute,
  runsRoute,
  batchRunRoute,
  pipelineRunRoute,
  batchesRoute,
  newBatchRoute,
  batchRoute,
  mediaRoute,
  mediaImportRoute,
  mediaFileRoute,
  collectionsRoute,
  collectionRoute,
  mmifsRoute,
  mmifRoute,
  pipelinesRoute,
  newPipelineRoute,
  importPipelineRoute,
  pipelineRoute,
  editPipelineRoute,
  appsRoute,
  appRoute,
  activityRoute,
])
