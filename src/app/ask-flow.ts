import { ClusterError } from '../cluster/api/cluster-error.ts'
import { mostLines } from '../forward/run/recorder.ts'
import { formatIp } from '../model/address/address.ts'
import { parseProtocol } from '../model/packet/packet.ts'
import type { FlowReply } from '../model/view/tables-view.ts'
import { receiverOf, senderOf } from '../endpoints/recorded-endpoints.ts'
import { likeliest } from '../forward/walk/predictor.ts'
import type { ReadSnapshot } from '../inventory/read-snapshot.ts'
import { given } from '../edge/given.ts'

/** A flow as a page asks for it. */
export interface FlowQuestion {
  /** Whatever `recorded-endpoints` understands. */
  readonly from: string
  readonly to: string
  /** `icmp`, `tcp`, `udp` */
  readonly protocol: string
  readonly port: number | null
}

/** Predicts a flow of a snapshot with every line that is asked on its way. Rejects with a ClusterError for what nobody can
 * send. */
export async function askFlow(snapshot: ReadSnapshot, question: FlowQuestion): Promise<FlowReply> {
  const { bundle, predictor } = snapshot
  const protocol = parseProtocol(question.protocol)
  if (protocol === undefined) throw new ClusterError('bad-endpoint', `${question.protocol} is no protocol`)
  const recorded = { bundle, fabric: predictor.fabric }
  const [sender, receiver] = await Promise.all([
    senderOf(recorded, question.from),
    receiverOf(recorded, question.to),
  ])
  const port = question.port ?? receiver.port
  const prediction = predictor.predict({
    from: sender.stack,
    to: receiver.address,
    protocol,
    ...given({ source: sender.source ?? undefined, destinationPort: port ?? undefined }),
  })
  const first = likeliest(prediction)
  const evaluated = first.evaluated()
  // A page that lacked some of them would say that they were not asked.
  if (evaluated.length >= mostLines)
    throw new ClusterError(
      'bad-endpoint',
      `the packet is held against more than ${mostLines} lines, which no page shows: podpath explain tells those that decide`,
    )
  return {
    from: sender.stack,
    to: formatIp(receiver.address),
    path: first.path(),
    evaluated,
    probability: first.probability,
    ways: prediction.paths.length,
  }
}
