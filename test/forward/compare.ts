/** Holds what the engine says against what the kernel did. */
import { ip } from '../../src/model/address/address.ts'
import { ICMP, ICMPV6, TCP, UDP } from '../../src/model/packet/packet.ts'
import type { Hop, PacketView } from '../../src/model/path/path.ts'
import { compileFabric } from '../../src/forward/compile/fabric.ts'
import { predict, type Flow, type PredictedPath } from '../../src/forward/walk/predict.ts'
import { readFabric } from '../../src/linux/fabric.ts'
import type { Observed } from './kernel.ts'
import type { Observation, Seen } from './observation.ts'
import { sixOf, type TestFlow } from './scenario.ts'

export type Agreement =
  | { readonly kind: 'agrees'; readonly delivered: boolean }
  /** `because`: what the engine says it does not know, one sentence for each place that it gives up at. */
  | {
      readonly kind: 'unknown'
      readonly delivered: boolean
      readonly flow: TestFlow
      readonly because: readonly string[]
    }
  | { readonly kind: 'disagrees'; readonly flow: TestFlow; readonly said: string; readonly was: string }

const protocols = { icmp: ICMP, udp: UDP, tcp: TCP } as const

export const flowOf = (flow: TestFlow, six: boolean): Flow => ({
  from: `node/n${flow.from}`,
  to: ip(six ? sixOf(flow.to) : flow.to),
  protocol: six && flow.protocol === 'icmp' ? ICMPV6 : protocols[flow.protocol],
  ...(flow.protocol === 'icmp' ? {} : { destinationPort: flow.port }),
  sourcePort: flow.sourcePort,
  ...(flow.source === null ? {} : { source: ip(six ? sixOf(flow.source) : flow.source) }),
  mark: flow.mark,
  ...(flow.protocol === 'tcp' ? {} : { length: flow.length }),
  ...(flow.whole ? { dontFragment: true } : {}),
  tos: flow.tos,
  uid: 0,
  connected: flow.protocol === 'icmp' ? false : flow.protocol === 'tcp' ? true : flow.connected,
})

interface Mark {
  readonly where: string
  readonly packet: PacketView | null
}

/** Where a predicted direction is seen: arriving at each stack, and at the end inside it. */
function marksOf(hops: readonly Hop[], received: PacketView | null): readonly Mark[] {
  const marks: Mark[] = []
  for (const hop of hops)
    if (hop.in !== null) marks.push({ where: `pre ${hop.stack} ${hop.in}`, packet: hop.packetIn })
  const last = hops.at(-1)
  if (received !== null && last)
    marks.push({ where: `in ${last.stack} ${last.in ?? 'lo'}`, packet: received })
  return marks
}

const endOf = (hops: readonly Hop[], received: PacketView | null): readonly Mark[] =>
  marksOf(hops, received).filter((mark) => mark.where.startsWith('in '))

/** The log sees fragments where they arrive, with lengths of their own; only what was put together again can be told. */
const isLong = (flow: TestFlow): boolean => flow.protocol !== 'tcp' && flow.length > 1200
/** A datagram may forbid to be cut; the answer to it does not, and may go another way. */
const mayBeCut = {
  request: (flow: TestFlow): boolean => isLong(flow) && !flow.whole,
  answer: isLong,
} as const

const seenMarks = (seen: readonly Seen[]): readonly { where: string; seen: Seen }[] =>
  seen
    .filter((one) => one.hook === 'pre' || one.hook === 'in')
    .map((one) => ({ where: `${one.hook} node/n${one.stack} ${one.device}`, seen: one }))

function matches(mark: Mark, seen: Seen): boolean {
  const { packet } = mark
  if (packet === null) return true
  if (packet.src !== seen.src || packet.dst !== seen.dst) return false
  if (packet.protocol.startsWith('icmp'))
    return packet.icmpId === undefined || packet.icmpId === seen.sourcePort
  if (packet.sourcePort !== undefined && packet.sourcePort !== seen.sourcePort) return false
  return packet.destinationPort === undefined || packet.destinationPort === seen.destinationPort
}

/** A SYN that nobody answers is sent again after a second, and seen again everywhere. */
const unrepeated = (marks: readonly { where: string; seen: Seen }[]): { where: string; seen: Seen }[] => [
  ...new Map(marks.map((mark) => [JSON.stringify(mark), mark])).values(),
]

function samePath(marks: readonly Mark[], seen: readonly Seen[]): boolean {
  const rest = unrepeated(seenMarks(seen))
  for (const mark of marks) {
    const index = rest.findIndex((one) => one.where === mark.where && matches(mark, one.seen))
    // A packet that came back the same way twice is recorded once.
    if (index < 0 && !seenMarks(seen).some((one) => one.where === mark.where && matches(mark, one.seen)))
      return false
    if (index >= 0) rest.splice(index, 1)
  }
  return rest.length === 0
}

const show = (seen: readonly Seen[]): string =>
  seen
    .slice(0, 2 * mostShown)
    .map(
      (one) =>
        `${one.hook} n${one.stack} ${one.device} ${one.src}:${one.sourcePort} > ${one.dst}:${one.destinationPort}`,
    )
    .join('\n    ')

/** A packet that goes in circles would fill the report. */
const mostShown = 8

const showPath = (path: PredictedPath): string => {
  const { forward, reply } = path.path()
  const hops = (list: readonly Hop[]): string =>
    list
      .slice(0, mostShown)
      .map((hop) => {
        const view = hop.packetIn ?? hop.packetOut
        const packet = view
          ? `${view.src}:${view.sourcePort ?? view.icmpId ?? '?'} > ${view.dst}:${view.destinationPort ?? ''} ttl ${view.ttl ?? 0}`
          : ''
        return `    ${hop.in ?? '-'} [${hop.stack}] ${hop.out ?? '-'}  ${packet}\n${hop.decisions.map((d) => `        ${d.stage}: ${d.by}  => ${d.effect}`).join('\n')}`
      })
      .join('\n')
  return `  p=${path.probability} ${path.verdict}/${path.replyVerdict ?? '-'} at ${path.stoppedAt ?? '-'}\n${hops(forward)}\n   reply\n${hops(reply)}`
}

function agrees(path: PredictedPath, { flow, ...seen }: Observation): boolean {
  const { forward, reply } = path.path()
  const received = path.received()
  const same = (
    hops: readonly Hop[],
    end: PacketView | null,
    all: readonly Seen[],
    isCut: boolean,
  ): boolean =>
    isCut
      ? samePath(
          endOf(hops, end),
          all.filter((one) => one.hook === 'in'),
        )
      : samePath(marksOf(hops, end), all)
  return (
    same(
      forward,
      path.verdict === 'delivered' ? received.forward : null,
      seen.forward,
      mayBeCut.request(flow),
    ) &&
    (path.replyVerdict === 'unknown' || same(reply, received.reply, seen.reply, mayBeCut.answer(flow)))
  )
}

const doubtsOf = (paths: readonly PredictedPath[]): readonly string[] => [
  ...new Set(
    paths
      .filter(({ verdict, replyVerdict }) => verdict === 'unknown' || replyVerdict === 'unknown')
      .map(({ decision }) => `${decision?.stage ?? ''}: ${decision?.effect ?? ''}  [${decision?.by ?? ''}]`),
  ),
]

export function compare(observed: Observed, six = false): readonly Agreement[] {
  const { fabric } = readFabric(observed.files, null)
  const compiled = compileFabric(fabric)
  return observed.observations.map((observation): Agreement => {
    const { paths } = predict(compiled, flowOf(observation.flow, six))
    const delivered = observation.forward.some((seen) => seen.hook === 'in')
    const { flow } = observation
    const unknown = (): Agreement => ({ kind: 'unknown', delivered, flow, because: doubtsOf(paths) })
    if (paths.some((path) => path.verdict !== 'unknown' && agrees(path, observation)))
      return paths.some((path) => path.replyVerdict === 'unknown') ? unknown() : { kind: 'agrees', delivered }
    if (paths.some((path) => path.verdict === 'unknown')) return unknown()
    return {
      kind: 'disagrees',
      flow,
      said: paths.slice(0, 4).map(showPath).join('\n'),
      was: `${observation.sent}\n    ${show(observation.forward)}\n   reply\n    ${show(observation.reply)}`,
    }
  })
}
