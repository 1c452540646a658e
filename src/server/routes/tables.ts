import type { Hono } from 'hono'
import { askFlow } from '../../app/ask-flow.ts'
import { stackTables } from '../../inventory/stack-tables.ts'
import { formatIp } from '../../model/address/address.ts'
import { stackKind, stackName } from '../../model/stack/stack-id.ts'
import type { FlowReply, StackEntry, TablesView } from '../../model/view/tables-view.ts'
import { flowRequest, type Snapshot } from '../contract/look.ts'
import type { Desk } from '../desk.ts'
import { readBody } from '../read-body.ts'
import { refusal } from '../refusal.ts'
import type { Look } from '../look.ts'

const unread = 'the tables have not been read yet: read them first'

export function addTablesRoutes(api: Hono, { ongoing }: Desk, { snapshots }: Look): void {
  api.get('/snapshot', (context) => context.json<Snapshot>(snapshots.state))

  api.post('/snapshot', async (context) => {
    await ongoing.add(snapshots.take())
    return context.json<Snapshot>(snapshots.state)
  })

  api.get('/stacks', (context) => {
    const { snapshot } = snapshots
    if (snapshot === null) return refusal(context, 409, 'no-snapshot', unread)
    const nodes = new Map(
      (snapshot.predictor.objects?.pods ?? []).map((pod) => [
        `${pod.namespace}/${pod.name}`,
        pod.nodeName ?? '',
      ]),
    )
    return context.json<StackEntry[]>(
      snapshot.predictor.fabric.stacks.map((stack) => ({
        id: stack.id,
        node: stackKind(stack.id) === 'pod' ? (nodes.get(stackName(stack.id)) ?? '') : stackName(stack.id),
        addresses: stack.links
          .filter((link) => link.type !== 'loopback')
          .flatMap((link) => link.addresses.map((one) => formatIp(one.address))),
      })),
    )
  })

  api.get('/stacks/tables', (context) => {
    const { snapshot } = snapshots
    if (snapshot === null) return refusal(context, 409, 'no-snapshot', unread)
    const id = context.req.query('stack') ?? ''
    const stack = snapshot.predictor.fabric.stacks.find((one) => one.id === id)
    return stack
      ? context.json<TablesView>(stackTables(stack))
      : refusal(context, 404, 'not-found', `the snapshot has no stack ${id}`)
  })

  api.post('/flows', async (context) => {
    const { snapshot } = snapshots
    if (snapshot === null) return refusal(context, 409, 'no-snapshot', unread)
    const body = await readBody(context, flowRequest)
    if ('refused' in body) return body.refused
    return context.json<FlowReply>(await askFlow(snapshot, body.value))
  })
}
