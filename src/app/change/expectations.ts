/** A table of who may reach whom, held against a state before a change and the one after it. */
import { stateOf } from '../../change/pairs/compare.ts'
import type { World } from '../../change/world.ts'
import { ClusterError } from '../../cluster/api/cluster-error.ts'
import { isDelivered, isLost } from '../../diagnose/causes/trial.ts'
import { diagnoseFlow } from '../../diagnose/diagnose-flow.ts'
import type { Breath } from '../../edge/breath.ts'
import { everyEndOf } from '../../endpoints/recorded-endpoints.ts'
import { flowAllowance } from '../../forward/run/budget.ts'
import { predict, type Flow } from '../../forward/walk/predict.ts'
import { selects } from '../../kubernetes/selector.ts'
import { isIp4, parseIp, type Ip } from '../../model/address/address.ts'
import type { CauseCode } from '../../model/diagnosis/diagnosis.ts'
import { ICMP, parseProtocol, protocolTowards, TCP } from '../../model/packet/packet.ts'
import type { JudgedExpectation } from '../../model/result/change.ts'
import { internetStack, podStack, type StackId } from '../../model/stack/stack-id.ts'
import type { ReadSnapshot } from '../../inventory/read-snapshot.ts'
import type { ExpectedEnd, Expectation } from './read-expectations.ts'
import { somewhere } from '../usual-pairs.ts'

/** A state, and the snapshot that it comes from. */
export interface Judged {
  readonly read: ReadSnapshot
  readonly world: World
}

const mostNamed = 8
/** Of a line of the table: more are no expectation that a person has written. */
const mostPairs = 20_000

export async function judgeExpectations(
  expectations: readonly Expectation[],
  before: Judged,
  after: Judged,
  breath: Breath,
): Promise<readonly JudgedExpectation[]> {
  const judged: JudgedExpectation[] = []
  for (const expectation of expectations)
    for (const to of expectation.to) {
      const now = await judge(expectation, to, after, breath)
      const was = await judge(expectation, to, before, breath).catch((error: unknown) => {
        // What comes with the change was not there before it.
        if (error instanceof ClusterError) return { state: 'undecided' } as const
        throw error
      })
      judged.push({
        from: endText(expectation.from),
        to: endText(to),
        reach: expectation.reach,
        because: expectation.because,
        before: was.state,
        ...now,
      })
    }
  return judged
}

const endText = (end: ExpectedEnd): string =>
  typeof end === 'string'
    ? end
    : [
        ...(end.namespace === undefined ? [] : [`namespace ${end.namespace}`]),
        ...Object.entries(end.selector ?? {}).map(([key, value]) => `${key}=${value}`),
      ].join(' ')

type Otherwise = JudgedExpectation['otherwise'][number]

async function judge(
  { from, reach, because }: Expectation,
  to: ExpectedEnd,
  judged: Judged,
  breath: Breath,
): Promise<Pick<JudgedExpectation, 'state' | 'pairs' | 'otherwise'>> {
  const senders = (await endsOf(from, judged)).filter(({ stack }) => stack !== null)
  const receivers = await receiversOf(to, judged)
  if (senders.length === 0) throw none(endText(from))
  if (receivers.length === 0) throw none(endText(to))
  if (senders.length * receivers.length > mostPairs)
    throw new ClusterError('bad-endpoint', `${endText(from)} → ${endText(to)}: more than ${mostPairs} pairs`)
  const otherwise: Otherwise[] = []
  let pairs = 0
  let broken = false
  let undecided = false
  for (const sender of senders)
    for (const receiver of receivers) {
      if (sender.stack === null || sender.stack === receiver.stack) continue
      pairs++
      const flow: Flow = {
        from: sender.stack,
        to: receiver.address,
        protocol: protocolTowards(receiver.address, receiver.protocol),
        fresh: true,
        ...(receiver.port === null ? {} : { destinationPort: receiver.port }),
      }
      const found = held(judged.world, flow, reach, because)
      if (breath.isDue) await breath.take()
      if (found === null) continue
      if (found.predicted === 'unknown') undecided = true
      else broken = true
      if (otherwise.length < mostNamed) otherwise.push({ from: sender.name, to: receiver.name, ...found })
    }
  return { state: broken ? 'broken' : undecided || pairs === 0 ? 'undecided' : 'holds', pairs, otherwise }
}

const none = (end: string): ClusterError =>
  new ClusterError('no-such-endpoint', `${end}: nothing of the snapshot is meant by it`)

/** Null: as it was expected. */
function held(
  { compiled, objects }: World,
  flow: Flow,
  reach: boolean,
  because: CauseCode | null,
): Omit<Otherwise, 'from' | 'to'> | null {
  const prediction = predict(compiled, flow)
  const state = stateOf(prediction)
  const path = prediction.paths.find(isLost) ?? prediction.paths.find((one) => !isDelivered(one))
  const told = (causes: readonly CauseCode[]): Omit<Otherwise, 'from' | 'to'> => ({
    predicted: state === 'lost' ? 'dropped' : state,
    at: path?.stoppedAt ?? null,
    by: path?.decision?.by ?? null,
    causes,
  })
  if (state === 'unknown') return told([])
  if (reach) return state === 'delivered' ? null : told([])
  // A deny that holds for some of the ways alone is none.
  if (!prediction.paths.every(isLost)) return told([])
  if (because === null) return null
  const codes = [
    ...new Set(
      (diagnoseFlow(compiled, objects, flow, flowAllowance())?.causes ?? []).map(({ code }) => code),
    ),
  ]
  return codes.includes(because) ? null : told(codes)
}

interface End {
  readonly name: string
  /** Null: it only receives. */
  readonly stack: StackId | null
  readonly address: Ip
  readonly port: number | null
  readonly protocol: number | null
}

interface Receiver extends End {
  readonly protocol: number
}

async function receiversOf(end: ExpectedEnd, judged: Judged): Promise<readonly Receiver[]> {
  const [words, protocol] = typeof end === 'string' ? protocolOf(end) : [end, null]
  const [bare, port] = typeof words === 'string' ? portOf(words) : [words, null]
  return (await endsOf(bare, judged)).map((one) => {
    const at = port ?? one.port
    return { ...one, port: at, protocol: protocol ?? one.protocol ?? (at === null ? ICMP : TCP) }
  })
}

/** `…/tcp`: at the end, behind a port or not. */
function protocolOf(text: string): readonly [string, number | null] {
  const [, words = text, name] = /^(.+)\/(tcp|udp|icmp|sctp)$/i.exec(text) ?? []
  return [words, name === undefined ? null : (parseProtocol(name.toLowerCase()) ?? null)]
}

/** `…:8080`: of a service it is part of its name, an address of IPv6 stands in brackets then. */
function portOf(text: string): readonly [string, number | null] {
  if (/^(svc|service)\//.test(text) || (parseIp(text) !== undefined && text.includes(':')))
    return [text, null]
  const [, words = text, port] = /^\[?([^\]]+?)\]?:(\d{1,5})$/.exec(text) ?? []
  return [words, port === undefined ? null : Number(port)]
}

async function endsOf(end: ExpectedEnd, judged: Judged): Promise<readonly End[]> {
  if (typeof end !== 'string') return podsOf(end, judged)
  if (end === 'internet')
    return [{ name: end, stack: internetStack, address: somewhere, port: null, protocol: null }]
  const service = serviceOf(end, judged)
  if (service !== null) return service
  const { bundle } = judged.read
  const found = await everyEndOf({ bundle, fabric: judged.world.compiled.fabric }, end)
  return found.flatMap(({ endpoint, stack, port }) => {
    const address = parseIp(endpoint.address)
    return address === undefined ? [] : [{ name: endpoint.name, stack, address, port, protocol: null }]
  })
}

function podsOf({ namespace, selector }: Exclude<ExpectedEnd, string>, { world }: Judged): readonly End[] {
  return (world.objects?.pods ?? []).flatMap((pod) => {
    const address = pod.addresses.find(isIp4)
    if (address === undefined || pod.hostNetwork || pod.phase !== 'Running') return []
    if (namespace !== undefined && pod.namespace !== namespace) return []
    if (!selects({ matchLabels: selector ?? {}, matchExpressions: [] }, pod.labels)) return []
    const stack = podStack(pod.namespace, pod.name)
    return [{ name: `${pod.namespace}/${pod.name}`, stack, address, port: null, protocol: null }]
  })
}

/** A service as the state has it, which may be one that the change brings; null: it is none. */
function serviceOf(text: string, { world }: Judged): readonly End[] | null {
  const [, namespace = 'default', name, asked] =
    /^(?:svc|service)\/(?:([^/:]+)\/)?([^/:]+)(?::([\w-]+))?$/.exec(text) ?? []
  const service = world.objects?.services.find((one) => one.namespace === namespace && one.name === name)
  const address = service?.clusterAddresses.find(isIp4)
  if (service === undefined || address === undefined) return null
  const ports = service.ports.filter(
    (port) => asked === undefined || port.name === asked || String(port.port) === asked,
  )
  if (ports.length === 0 && service.ports.length > 0 && !/^\d+$/.test(asked ?? '')) throw none(text)
  const end = (port: number | null, protocol: number | null): End => ({
    name: `svc/${namespace}/${service.name}${port === null ? '' : `:${port}`}`,
    stack: null,
    address,
    port,
    protocol,
  })
  return ports.length === 0
    ? [end(asked === undefined ? null : Number(asked), null)]
    : ports.map(({ port, protocol }) => end(port, parseProtocol(protocol.toLowerCase()) ?? TCP))
}
