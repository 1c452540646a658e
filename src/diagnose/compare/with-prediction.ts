import type { Backend } from '../../capture/follow/input.ts'
import { parseIp, type Ip } from '../../model/address/address.ts'
import type { Flow } from '../../forward/walk/predict.ts'
import { isLost } from '../causes/trial.ts'
import { parseProtocol, protocolTowards, UDP } from '../../model/packet/packet.ts'
import type { PacketView, Translation } from '../../model/path/path.ts'
import type { StackId } from '../../model/stack/stack-id.ts'
import { comparePaths, nearestPath, type Comparison } from './compare-paths.ts'
import type { Observed } from '../../observe/observe.ts'
import { likeliest, type Predictor } from '../../forward/walk/predictor.ts'

/** An observed trace with its prediction beside it. */
export interface Compared extends Observed {
  readonly comparison: Comparison
  /** The flow that was predicted; null: the probe had no address to go to. */
  readonly flow: Flow | null
}

/**
 * Predicts the very packet that was sent, and compares. What the prediction explains is told with the observation.
 * @param destinationPort the port that the probe was for; a node may have translated it before the packet was seen
 */
export function withPrediction(
  observed: Observed,
  sender: StackId,
  predictor: Predictor,
  destinationPort?: number,
): Compared {
  const { trace } = observed
  const to = parseIp(trace.to.address)
  const sent = observed.observation.probes[0]?.path.forward[0]?.packetOut ?? null
  if (to === undefined) return toResolver(observed, sender, predictor)
  const flow: Flow = {
    from: sender,
    to,
    // The snapshot may know the probe's own connection: it was taken at the same time.
    fresh: true,
    // An agent sends it, in the sender's namespace, and is root.
    ...(trace.probe === null ? {} : { uid: 0, gid: 0 }),
    protocol: protocolTowards(to, protocolOf(trace.probe?.protocol, sent)),
    ...portsOf(sent),
    ...(destinationPort === undefined ? {} : { destinationPort }),
  }
  const prediction = predictor.predict(flow)
  const comparison = trace.observed
    ? comparePaths(prediction.paths, trace.observed)
    : ({ kind: 'open', predicted: likeliest(prediction) } as const)
  const shown = nearestPath(comparison)
  return {
    ...observed,
    comparison,
    flow,
    trace: {
      ...trace,
      predicted: shown?.path() ?? null,
      agrees: comparison.kind === 'open' ? null : comparison.kind === 'agrees',
      translations: trace.translations.map((one) => explained(one, shown?.translations() ?? [])),
    },
  }
}

/** A name that did not resolve is a question to a resolver that was not answered: that flow is looked at. */
function toResolver(observed: Observed, sender: StackId, predictor: Predictor): Compared {
  const server = parseIp(observed.trace.probe?.unresolved?.server ?? '')
  if (server === undefined) return { ...observed, comparison: { kind: 'open', predicted: null }, flow: null }
  const flow: Flow = {
    from: sender,
    to: server,
    protocol: UDP,
    destinationPort: 53,
    fresh: true,
    uid: 0,
    gid: 0,
  }
  const prediction = predictor.predict(flow)
  const predicted = prediction.paths.find(isLost) ?? likeliest(prediction)
  return { ...observed, comparison: { kind: 'open', predicted }, flow }
}

/** Where the sender's own stack may send a packet instead of to its destination: one for each path that is predicted. */
export function translatedDestinations(
  predictor: Predictor,
  flow: {
    readonly from: StackId
    readonly to: Ip
    readonly protocol: number
    readonly destinationPort?: number
  },
): readonly Backend[] {
  const found = new Map<string, Backend>()
  for (const one of predictor.predict({ ...flow, fresh: true }).paths) {
    const out = one.path().forward[0]?.packetOut
    const address = out && parseIp(out.dst)
    if (!out || address == null || address === flow.to) continue
    const port = out.destinationPort ?? null
    found.set(`${out.dst} ${port ?? ''}`, { address, port })
  }
  return [...found.values()]
}

/** A rewriting that no table walk named gets the line of the prediction's same rewriting. */
const explained = (seen: Translation, predicted: readonly Translation[]): Translation =>
  seen.by !== ''
    ? seen
    : {
        ...seen,
        by:
          predicted.find((one) => one.at === seen.at && one.kind === seen.kind && one.to === seen.to)?.by ??
          '',
      }

const protocolOf = (protocol: string | undefined, sent: PacketView | null): number =>
  parseProtocol(
    sent?.protocol ?? (protocol === 'http' ? 'tcp' : protocol === 'dns' ? 'udp' : (protocol ?? 'icmp')),
  ) ?? 1

function portsOf(sent: PacketView | null) {
  return {
    ...(sent?.destinationPort === undefined ? {} : { destinationPort: sent.destinationPort }),
    ...(sent?.sourcePort === undefined ? {} : { sourcePort: sent.sourcePort }),
    ...(sent?.length === undefined ? {} : { length: sent.length }),
  }
}
