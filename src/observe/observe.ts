import { follow, type Observation } from '../capture/follow/follow.ts'
import type { Backend, FollowStack, ProbeFlow, VpcFacts } from '../capture/follow/input.ts'
import { isWhole, type CaptureResult } from '../capture/live/capture-result.ts'
import type { Probed } from '../model/result/probed.ts'
import { formatIp, parseIp, type Ip } from '../model/address/address.ts'
import type { Fabric } from '../model/fabric/fabric.ts'
import type { Hop } from '../model/path/path.ts'
import type { Endpoint, ProbeOutcome, TraceResult } from '../model/result/result.ts'
import type { NetworkStack } from '../model/stack/stack.ts'
import type { StackId } from '../model/stack/stack-id.ts'
import type { Vpc } from '../model/vpc/vpc.ts'
import { explainTranslation } from './rewriting-rule.ts'
import { egressPathOf } from './egress-path.ts'
import { given } from '../edge/given.ts'

export interface ObserveInput {
  readonly from: Endpoint
  readonly to: Endpoint
  /** The stack whose process sent the probe. */
  readonly sender: StackId
  readonly probed: Probed
  readonly captures: readonly CaptureResult[]
  readonly fabric: Fabric
  /** The address that the internet saw the sender with, where somebody told. */
  readonly seenAs: string | null
  readonly destinationPort?: number
  /** Where the sender's own stack may send it instead: a node translates before anything is captured. */
  readonly backends?: readonly Backend[]
}

export interface Observed {
  readonly trace: TraceResult
  readonly observation: Observation
}

/** Clocks are compared with a margin: the probe's own addresses and times tell it from others well enough. */
const marginNs = 2_000_000_000n
const protocolNumber = { icmp: 1, tcp: 6, http: 6, udp: 17, dns: 17 } as const

/** The sender's kernel had no way for the probe: connect(2) and sendto(2) said so, in the words of strerror(3). */
export const wasRefused = ({ error, received }: ProbeOutcome): boolean =>
  received === 0 && /network (is )?unreachable|no route to host|operation not permitted/i.test(error ?? '')

/** What was captured of one probe → the way it went, there and back, and the rules that rewrote it. Pure. */
export function observe(input: ObserveInput): Observed {
  const { from, to, probed, captures, fabric } = input
  const epoch = BigInt(probed.began) * 1_000_000n
  const destination = parseIp(probed.destination ?? to.address)
  const source = parseIp(from.address)
  const stacks = new Map(fabric.stacks.map((stack) => [stack.id, stack]))
  const offset = captures.find((one) => one.stack === input.sender)?.clock?.nanoseconds ?? 0n
  const flow: ProbeFlow = {
    from: input.sender,
    source: from.kind === 'pod' ? (source ?? null) : null,
    destination: destination ?? (0 as Ip),
    protocol: protocolNumber[probed.outcome.protocol],
    marks: probed.marks,
    ...given({ destinationPort: input.destinationPort, backends: input.backends }),
    window: {
      from: epoch + offset - marginNs,
      to: BigInt(probed.ended) * 1_000_000n + offset + marginNs,
    },
    // What the sender's own kernel refused was sent, and lost there.
    sent: wasRefused(probed.outcome) ? Math.max(1, probed.outcome.sent) : probed.outcome.sent,
  }
  const observation = follow({
    sightings: captures.flatMap((capture) => capture.sightings),
    stacks: captures.map((capture) => followStack(capture, stacks.get(capture.stack))),
    wires: fabric.wires.map(({ a, b }) => ({ a: [a.stack, a.interface], b: [b.stack, b.interface] })),
    flow,
    vpc: fabric.vpc ? vpcFacts(fabric.vpc, from, input.seenAs) : null,
    epoch,
  })
  const crossing = new Map(observation.path.forward.flatMap((hop) => crossingOf(hop)))
  return {
    observation,
    trace: {
      from,
      to: { ...to, address: probed.destination ?? to.address },
      startedAt: new Date(probed.began).toISOString(),
      probe: probed.outcome,
      predicted: null,
      observed: observation.path,
      translations: observation.translations.map((seen) =>
        explainTranslation(seen, { stacks, vpc: fabric.vpc, crossing }),
      ),
      agrees: null,
    },
  }
}

const crossingOf = (hop: Hop) => {
  const packet = hop.packetIn ?? hop.packetOut
  return packet ? [[hop.stack, { packet, in: hop.in, out: hop.out }] as const] : []
}

/** A capture that was not proven to see everything is one that may have lost something. */
function followStack(capture: CaptureResult, stack: NetworkStack | undefined): FollowStack {
  return {
    stack: capture.stack,
    captured: 'any',
    dropped: isWhole(capture) ? capture.dropped : null,
    addresses: stack?.links.flatMap((link) => link.addresses.map((one) => one.address)) ?? [],
  }
}

/** What EC2 tells; and where it does not, what the internet itself answered. */
function vpcFacts(vpc: Vpc, from: Endpoint, seenAs: string | null): VpcFacts {
  const seen = parseIp(seenAs ?? '') ?? null
  const primary = parseIp(nodeAddressOf(vpc, from) ?? '')
  return {
    id: vpc.id,
    prefixes: vpc.prefixes,
    egressPath: egressPathOf(vpc, (source) => (source === primary ? seen : null)),
    managed: new Map(
      vpc.interfaces
        .filter((eni) => eni.managed !== undefined)
        .flatMap((eni) => eni.addresses.map((one) => [one.address, eni.id] as const)),
    ),
  }
}

/** The primary address of the instance that the pod's node is. */
function nodeAddressOf(vpc: Vpc, from: Endpoint): string | undefined {
  const instance = vpc.instances.find((one) => one.privateDnsName === from.node)
  const eni = vpc.interfaces.find(
    (one) => one.attachment?.instance === instance?.id && one.attachment?.deviceIndex === 0,
  )
  const address = eni?.addresses.find((one) => one.primary)?.address
  return address === undefined ? undefined : formatIp(address)
}
