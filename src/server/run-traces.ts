import type { Source } from '../inventory/source.ts'
import { explainOnBundle } from '../app/explain-bundle.ts'
import { explainOnCluster } from '../app/explain-cluster.ts'
import type { Progress } from '../session/progress.ts'
import { readSnapshot } from '../inventory/snapshot-desk.ts'
import { trace } from '../app/trace.ts'
import type { HopSeen } from '../observe/trace-event.ts'
import { catalogue } from '../i18n/catalogues.ts'
import type { LeftFacts } from '../i18n/sentences/progress-sentences.ts'
import { parseProtocol } from '../model/packet/packet.ts'
import type { TraceEvent, TraceRequest } from './contract/trace.ts'
import type { RunShelf } from './run-shelf.ts'
import { given } from '../edge/given.ts'

/** Milliseconds to wait for each answer. */
const patience = 2_000

/** Carries out one request with the verbs of the command line, and puts the run on the shelf. */
export async function runTrace(
  source: Source,
  shelf: RunShelf,
  request: TraceRequest,
  tell: (event: TraceEvent) => void,
  signal: AbortSignal,
): Promise<string> {
  const { from, to, language, port } = request
  const words = catalogue(language).progress
  const progress: Progress = (say) => {
    tell({ kind: 'progress', text: say(words) })
  }
  const warn = (text: string): void => {
    tell({ kind: 'warning', text })
  }
  if (source.kind === 'bundle') {
    progress((say) => say.predicting)
    const { name, bundle } = source
    return shelf.rememberPrediction(
      await explainOnBundle({
        bundle,
        predictor: readSnapshot(bundle).predictor,
        name,
        from,
        to,
        ...flowOf(request),
        language,
        whyNot: true,
        signal,
      }),
    )
  }
  const { cluster, ec2, reach } = source
  const left = (facts: LeftFacts): void => {
    warn(words.leftBehind(facts))
  }
  const common = { cluster, ec2, reach, from, to, language, progress, warn, left, signal }
  if (!request.send)
    return shelf.rememberPrediction(await explainOnCluster({ ...common, ...flowOf(request), whyNot: true }))
  const traced = await trace({
    ...common,
    protocol: request.protocol,
    ...given({ port }),
    count: request.count,
    timeoutMs: patience,
    onEvent: (event) => {
      if (event.kind === 'hop-seen') tell(hopEvent(event.hop))
    },
  })
  return shelf.keep(traced, warn)
}

const hopEvent = ({ probe, direction, seen, after }: HopSeen): TraceEvent => ({
  kind: 'hop',
  probe,
  direction,
  stack: seen.stack,
  interface: seen.interface,
  way: seen.direction,
  packet: seen.view,
  after,
})

/** What a probe's protocol is to a router. */
function flowOf({ protocol, port }: TraceRequest): {
  readonly protocol: number
  readonly destinationPort?: number
  readonly usualPort?: number
} {
  const usual = { icmp: undefined, tcp: 80, udp: undefined, http: 80, dns: 53 }[protocol]
  return {
    protocol: parseProtocol(protocol === 'http' ? 'tcp' : protocol === 'dns' ? 'udp' : protocol) ?? 1,
    ...(port === undefined || protocol === 'icmp' ? {} : { destinationPort: port }),
    ...given({ usualPort: usual }),
  }
}
