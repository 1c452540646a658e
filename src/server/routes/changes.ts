import type { Hono } from 'hono'
import { createPod, deletePod, scaleDeployment } from '../../inventory/cluster-changes.ts'
import { newPod, scaleRequest } from '../contract/look.ts'
import type { Desk } from '../desk.ts'
import { readBody } from '../read-body.ts'

/** Only where the command line allows changes: without them these addresses do not exist. */
export function addChangeRoutes(api: Hono, { source, mayChange }: Desk): void {
  if (!mayChange || source.kind !== 'cluster') return
  const { cluster } = source

  api.post('/pods', async (context) => {
    const body = await readBody(context, newPod)
    if ('refused' in body) return body.refused
    await createPod(cluster, body.value)
    return context.body(null, 204)
  })

  api.delete('/pods/:namespace/:name', async (context) => {
    const { namespace, name } = context.req.param()
    await deletePod(cluster, namespace, name)
    return context.body(null, 204)
  })

  api.post('/scale', async (context) => {
    const body = await readBody(context, scaleRequest)
    if ('refused' in body) return body.refused
    const { namespace, name, replicas } = body.value
    await scaleDeployment(cluster, namespace, name, replicas)
    return context.body(null, 204)
  })
}
