/** Every page, a line each. A page lies in src/pages/, and its route says where it is and what its address holds. */
import { activityRoute } from './pages/activity/route'
import { batchRunRoute } from './pages/batch-run/route'
import { nowRoute } from './pages/now/route'
import { pipelineRunRoute } from './pages/pipeline-run/route'
import { rootRoute } from './root-route'

export const routeTree = rootRoute.addChildren([nowRoute, activityRoute, batchRunRoute, pipelineRunRoute])
