import { listAt, numberAt, textAt } from '../cluster/fields.ts'
import { ClusterError } from '../cluster/cluster-error.ts'
import { nearest } from '../cluster/resolve.ts'
import { formatIp, parseIp, type Ip } from '../model/address.ts'
import { parseProtocol } from '../model/packet.ts'
import type { FlowReply } from '../model/tables-view.ts'
import { stackName, type StackId } from '../model/stack-id.ts'
import { bundleList } from './cluster-view/bundle-parts.ts'
import { likeliest } from './predictor.ts'
import type { ReadSnapshot } from './snapshot-desk.ts'
import { endpointOfStack } from './stack-endpoint.ts'

/** A flow as a page asks for it. */
export interface FlowQuestion {
  /** A stack of the snapshot; a pod also without the first word of its id. */
  readonly from: string
  /** A stack, `svc/NAMESPACE/NAME[:PORT]`, or an address. */
  readonly to: string
  /** `icmp`, `tcp`, `udp` */
  readonly protocol: string
  readonly port: number | null
}

/** Predicts a flow of a snapshot with every line that is asked on its way. Throws a ClusterError for what nobody can send. */
export function askFlow(snapshot: ReadSnapshot, question: FlowQuestion): FlowReply {
  const { bundle, predictor } = snapshot
  const from = stackNamed(snapshot, question.from)
  if (from === undefined) throw noSuch(question.from, snapshot)
  const service = question.to.startsWith('svc/') ? serviceNamed(snapshot, question.to) : null
  const to = service?.address ?? addressOf(snapshot, question.to)
  const protocol = parseProtocol(question.protocol)
  if (protocol === undefined) throw new ClusterError('bad-endpoint', `${question.protocol} is no protocol`)
  const port = question.port ?? service?.port ?? null
  const prediction = predictor.predict({
    from,
    to,
    protocol: typeof to === 'bigint' && protocol === 1 ? 58 : protocol,
    ...(port === null ? {} : { destinationPort: port }),
  })
  const first = likeliest(prediction)
  return {
    from: bundle.index.stacks.find(({ id }) => id === from)?.id ?? from,
    to: formatIp(to),
    path: first.path(),
    consulted: first.consulted(),
    probability: first.probability,
    ways: prediction.paths.length,
  }
}

const stackNamed = ({ bundle }: ReadSnapshot, typed: string): StackId | undefined =>
  bundle.index.stacks.find(({ id }) => id === typed || id === `pod/${typed}`)?.id

function addressOf(snapshot: ReadSnapshot, typed: string): Ip {
  const address = parseIp(typed)
  if (address !== undefined) return address
  const stack = stackNamed(snapshot, typed)
  const own = stack === undefined ? undefined : parseIp(endpointOfStack(stack, snapshot.bundle).address)
  if (own === undefined) throw noSuch(typed, snapshot)
  return own
}

interface ServiceEnd {
  readonly address: Ip
  readonly port: number | null
}

function serviceNamed({ bundle }: ReadSnapshot, typed: string): ServiceEnd {
  const [, name = '', wanted] = /^svc\/(.+?)(?::(\d+))?$/.exec(typed) ?? []
  const [first = '', second] = name.split('/')
  const [namespace, service] = second === undefined ? ['default', first] : [first, second]
  const object = bundleList(bundle, 'services').find(
    (one) =>
      textAt(one, 'metadata', 'namespace') === namespace && textAt(one, 'metadata', 'name') === service,
  )
  const address = parseIp(textAt(object, 'spec', 'clusterIP') ?? '')
  if (address === undefined)
    throw new ClusterError(
      'no-such-endpoint',
      `the snapshot has no service ${namespace}/${service} with an address`,
    )
  const only = listAt(object, 'spec', 'ports')
  return {
    address,
    port:
      wanted === undefined
        ? only.length === 1
          ? (numberAt(only[0], 'port') ?? null)
          : null
        : Number(wanted),
  }
}

function noSuch(typed: string, { bundle }: ReadSnapshot): ClusterError {
  const near = nearest(
    typed,
    bundle.index.stacks.map(({ id }) => stackName(id)),
  )
  return new ClusterError(
    'no-such-endpoint',
    `${typed}: the snapshot has no such stack${near.length === 0 ? '' : `; near it: ${near.join(', ')}`}; or give an address`,
  )
}
