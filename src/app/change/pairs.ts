/** The pairs that a change is held against: the usual ones, every port that pods or the change name, and nodes. */
import type { Flow } from '../../forward/walk/predict.ts'
import { ICMP, TCP, UDP } from '../../model/packet/packet.ts'
import type { NetworkPolicy } from '../../model/fabric/kubernetes.ts'
import type { SaidEdit } from '../../model/diagnosis/said-diagnosis.ts'
import { isIp4, type Ip } from '../../model/address/address.ts'
import { stackKind, stackName, type StackId } from '../../model/stack/stack-id.ts'
import { mostPods, podsOf, spread, usualPairs, type Pair, type PairSource } from '../usual-pairs.ts'

/** A protocol with a port. */
export interface NamedPort {
  readonly protocol: number
  readonly port: number
}

const mostNodes = 10
const mostPorts = 4

/** @param named ports that the change speaks of */
export function changePairs(source: PairSource, named: readonly NamedPort[]): readonly Pair[] {
  const { fabric, objects } = source
  const pods = spread(podsOf(fabric), mostPods)
  const ports = portsByPod(source)
  const nodes = spread(
    fabric.stacks.flatMap(({ id, links }) => {
      if (stackKind(id) !== 'node') return []
      const address = links
        .flatMap(({ addresses }) => addresses)
        .find((one) => isIp4(one.address) && one.scope === 'global')?.address
      return address === undefined ? [] : [{ stack: id, name: `node/${stackName(id)}`, address }]
    }),
    mostNodes,
  )
  const senders = [...pods, ...nodes]
  const pair = (from: End, to: End, flow: Pick<Flow, 'protocol' | 'destinationPort'>): Pair => ({
    from: from.name,
    to: to.name,
    name: `${from.name} → ${to.name}`,
    flow: { ...flow, to: to.address, from: from.stack, fresh: true },
  })
  const ofPod = (stack: StackId): readonly NamedPort[] => {
    const own = unique([...(ports.get(stack) ?? []), ...named]).slice(0, mostPorts)
    return own.length > 0 ? own : [{ protocol: TCP, port: 80 }]
  }
  return [
    ...usualPairs({ fabric, objects }),
    ...senders.flatMap((from) =>
      pods
        .filter((to) => to.stack !== from.stack)
        .flatMap((to) =>
          ofPod(to.stack).map(({ protocol, port }) => pair(from, to, { protocol, destinationPort: port })),
        ),
    ),
    ...nodes.flatMap((from) => pods.map((to) => pair(from, to, { protocol: ICMP }))),
    ...senders.flatMap((from) =>
      nodes.filter((to) => to.stack !== from.stack).map((to) => pair(from, to, { protocol: ICMP })),
    ),
  ]
}

interface End {
  readonly stack: StackId
  readonly name: string
  readonly address: Ip
}

const protocols: Readonly<Record<string, number>> = { TCP, UDP }

function portsByPod({ objects }: PairSource): ReadonlyMap<StackId, readonly NamedPort[]> {
  return new Map(
    (objects?.pods ?? []).map(({ namespace, name, ports }) => [
      `pod/${namespace}/${name}`,
      ports.flatMap(({ protocol, containerPort }) => {
        const number = protocols[protocol]
        return number === undefined ? [] : [{ protocol: number, port: containerPort }]
      }),
    ]),
  )
}

const unique = (ports: readonly NamedPort[]): readonly NamedPort[] => [
  ...new Map(ports.map((one) => [`${one.protocol}/${one.port}`, one])).values(),
]

/** The ports that lines of a change name, whichever tool wrote them. */
export function portsOfEdits(
  edits: readonly SaidEdit[],
  policies: readonly NetworkPolicy[],
): readonly NamedPort[] {
  const lines = edits.flatMap(({ before, after }) => [before ?? '', after ?? ''])
  const typed = lines.flatMap((line) =>
    [...line.matchAll(/\b(tcp|udp)\b(?:[^|]{0,80}?--dports?| dport)? (\d{1,5})\b/g)].map(
      ([, protocol = '', port = '']): NamedPort => ({
        protocol: protocol === 'tcp' ? TCP : UDP,
        port: Number(port),
      }),
    ),
  )
  const ofPolicies = policies
    .flatMap(({ ingress, egress }) => [...ingress, ...egress])
    .flatMap(({ ports }) => ports)
    .flatMap(({ protocol, port }): readonly NamedPort[] => {
      const number = protocols[protocol]
      return number === undefined || typeof port !== 'number' ? [] : [{ protocol: number, port }]
    })
  return unique([...typed, ...ofPolicies].filter(({ port }) => port > 0 && port < 65536)).slice(0, mostPorts)
}
