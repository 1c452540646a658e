import type { Source } from '../inventory/source.ts'
import { askExplain, type ExplainQuestion } from '../app/questions/explain.ts'
import { clusterInventory } from '../inventory/cluster-inventory.ts'
import type { Inventory } from '../inventory/inventory.ts'
import { recordedInventory } from '../inventory/recorded-inventory.ts'
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
  const left = (facts: LeftFacts): void => {
    warn(words.leftBehind(facts))
  }
  if (source.kind === 'bundle' || !request.send) {
    const inventory = inventoryOf(source, { progress, warn, left, signal })
    const question = { from, to, ...questionOf(request), whyNot: true, language }
    return shelf.rememberPrediction(await askExplain(inventory, question))
  }
  const { cluster, ec2, reach } = source
  const traced = await trace({
    cluster,
    ec2,
    reach,
    from,
    to,
    language,
    progress,
    warn,
    left,
    signal,
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
function questionOf({ protocol, port }: TraceRequest): Pick<ExplainQuestion, 'flow' | 'usualPort'> {
  const usual = { icmp: undefined, tcp: 80, udp: undefined, http: 80, dns: 53 }[protocol]
  const carrier = protocol === 'http' ? 'tcp' : protocol === 'dns' ? 'udp' : protocol
  return {
    flow: {
      protocol: parseProtocol(carrier) ?? 1,
      ...(port === undefined || protocol === 'icmp' ? {} : { destinationPort: port }),
    },
    ...given({ usualPort: usual }),
  }
}

interface Watching {
  readonly progress: Progress
  readonly warn: (text: string) => void
  readonly left: (facts: LeftFacts) => void
  readonly signal: AbortSignal
}

function inventoryOf(source: Source, watching: Watching): Inventory {
  if (source.kind === 'cluster') return clusterInventory({ ...source, ...watching })
  watching.progress((say) => say.predicting)
  const { bundle, name } = source
  const { predictor } = readSnapshot(bundle)
  return recordedInventory({
    bundle,
    predictor,
    name,
    namespace: 'default',
    started: Date.now(),
    ...watching,
  })
}
