import { ClusterError } from '../../cluster/api/cluster-error.ts'
import type { LookedUp } from '../../cluster/probe/look-up.ts'
import { given } from '../../edge/given.ts'
import { ownProtocol } from '../../endpoints/service-port.ts'
import type { Flow } from '../../forward/walk/predict.ts'
import type { Language } from '../../i18n/language.ts'
import type { Inventory } from '../../inventory/inventory.ts'
import { formatIp, parseIp } from '../../model/address/address.ts'
import { UDP } from '../../model/packet/packet.ts'
import type { RunResult } from '../../model/result/result.ts'
import { lookUpHost } from '../../session/look-up-host.ts'
import { explain } from '../explain.ts'

/** One flow, as a user asks for it. */
export interface ExplainQuestion {
  readonly from: string
  readonly to: string
  /** Without a protocol: the service's, ICMP towards anybody else. */
  readonly flow: Omit<Flow, 'from' | 'to' | 'source' | 'protocol'> & { readonly protocol?: number }
  /** Where neither the flow nor a service names a port. */
  readonly usualPort?: number
  /** Also say which lines almost decided, and what they lacked. */
  readonly whyNot: boolean
  readonly language: Language
}

/**
 * Predicts one flow. Nothing is sent to the destination; a host name is looked up from where the packet would start, because that
 * decides its address. Rejects with a ClusterError.
 */
export async function askExplain(inventory: Inventory, question: ExplainQuestion): Promise<RunResult> {
  const { language, whyNot, usualPort } = question
  const [from, to] = await Promise.all([inventory.sender(question.from), inventory.receiver(question.to)])
  const protocol = question.flow.protocol ?? ownProtocol(to, question.flow.destinationPort)
  const { predictor, meanwhile: found } = await inventory.snapshot((agents) =>
    to.address === null && from.seat !== null
      ? lookUpHost(agents, from.seat, to.endpoint.name, inventory.signal)
      : Promise.resolve(null),
  )
  const common = {
    predictor,
    source: inventory.source,
    from: from.endpoint,
    language,
    started: inventory.started,
    whyNot,
    ...given({ signal: inventory.signal }),
  } as const
  // The question for the name is the flow that fails.
  if (found?.kind === 'no-answer' && found.server !== null)
    return explain({
      ...common,
      flow: { from: from.stack, to: found.server, protocol: UDP, destinationPort: 53 },
      to: to.endpoint,
      resolver: formatIp(found.server),
    })
  const destination = to.address ?? parseIp(found?.kind === 'found' ? found.address : '')
  if (destination === undefined)
    throw new ClusterError('bad-endpoint', `${question.to}: it has no address (${whyNone(found)})`)
  const port = question.flow.destinationPort ?? to.port ?? usualPort
  return explain({
    ...common,
    flow: {
      ...question.flow,
      protocol,
      from: from.stack,
      to: destination,
      ...given({ destinationPort: port, source: from.source ?? undefined }),
    },
    to: to.address === null ? { ...to.endpoint, address: formatIp(destination) } : to.endpoint,
  })
}

const whyNone = (found: LookedUp | null): string =>
  found?.kind === 'open'
    ? found.said
    : found?.kind === 'no-answer' && found.error !== ''
      ? found.error
      : 'none'
