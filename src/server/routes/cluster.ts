import type { Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import { podNamespace } from '../../inventory/pod-namespace.ts'
import { bothChanges, type ClusterChange } from '../../model/view/cluster-view.ts'
import type { PodNamespaceView } from '../../model/view/tables-view.ts'
import type { Desk } from '../desk.ts'
import { refusal } from '../refusal.ts'
import type { Look } from '../look.ts'

/** Milliseconds between two signs of life, so that a page notices when the server has gone. */
const signOfLife = 15_000

export function addClusterRoutes(api: Hono, { signal }: Desk, look: Look): void {
  api.get('/cluster/changes', (context) =>
    streamSSE(context, async (stream) => {
      // For a page that does not read one change waits, of all that has changed meanwhile.
      let waiting: ClusterChange | null = null
      let wake: () => void = () => undefined
      const silence = look.subscribe((change) => {
        waiting = waiting === null ? change : bothChanges(waiting, change)
        wake()
      })
      const take = (): ClusterChange | null => {
        const change = waiting
        waiting = null
        return change
      }
      stream.onAbort(() => {
        wake()
      })
      try {
        while (!stream.aborted && !signal.aborted) {
          const change = take()
          if (change !== null) {
            await stream.writeSSE({ data: JSON.stringify(change) })
            continue
          }
          const timer = setTimeout(() => {
            wake()
          }, signOfLife)
          await new Promise<void>((resolve) => {
            wake = resolve
            if (waiting !== null || stream.aborted) resolve()
          })
          clearTimeout(timer)
          if (waiting === null && !stream.aborted) await stream.writeSSE({ event: 'alive', data: '' })
        }
      } finally {
        silence()
      }
    }),
  )

  api.get('/cluster/pods/:namespace/:name', (context) => {
    const { snapshot } = look.snapshots
    if (snapshot === null)
      return refusal(context, 409, 'no-snapshot', 'the tables have not been read yet: read them first')
    const { namespace, name } = context.req.param()
    const node = snapshot.predictor.objects?.pods.find(
      (one) => one.namespace === namespace && one.name === name,
    )?.nodeName
    const view = podNamespace(snapshot.predictor.fabric, snapshot.predictor.objects, {
      namespace,
      name,
      node: node ?? '',
    })
    return view
      ? context.json<PodNamespaceView>(view)
      : refusal(
          context,
          404,
          'not-in-snapshot',
          `${namespace}/${name} was not there, or had no stack of its own, when the tables were read: read them again`,
        )
  })
}
