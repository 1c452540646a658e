import { ClusterError } from '../../cluster/api/cluster-error.ts'
import { given } from '../../edge/given.ts'
import type { End } from '../../endpoints/ends.ts'
import { ownProtocol } from '../../endpoints/service-port.ts'
import type { Language } from '../../i18n/language.ts'
import type { Inventory } from '../../inventory/inventory.ts'
import { ICMP, protocolName } from '../../model/packet/packet.ts'
import type { ClassMatrix } from '../../model/result/class-matrix.ts'
import type { MatrixResult } from '../../model/result/matrix.ts'
import { classMatrixOf } from '../class-matrix.ts'
import { isLarge, matrixOf, tooManyToProbe } from '../matrix.ts'
import { pairOf, probePairs } from '../probe-pairs.ts'
import { matrixEnds } from './matrix-ends.ts'

export interface MatrixQuestion {
  /** Senders and receivers, as users type them; none is everybody. */
  readonly ends: readonly string[]
  /** Receivers besides. */
  readonly to: readonly string[]
  /** Without one: that of the services among the receivers, ICMP where there are none. */
  readonly protocol?: number
  readonly port?: number
  /** Milliseconds for each probe; null: nothing is sent, the matrix is a prediction alone. */
  readonly probeTimeoutMs: number | null
  readonly language: Language
}

/**
 * Who reaches whom, predicted from a snapshot and, if asked for, tried; by classes where there are too many for a row each. Rejects
 * with a ClusterError.
 */
export async function askMatrix(
  inventory: Inventory,
  question: MatrixQuestion,
): Promise<MatrixResult | ClassMatrix> {
  const { port, probeTimeoutMs, language } = question
  const { source, started, progress, signal } = inventory
  const { from, to } = await matrixEnds(question, inventory)
  const tooMany = probeTimeoutMs === null ? null : tooManyToProbe(from.length, to.length)
  if (tooMany !== null) throw new ClusterError('bad-endpoint', tooMany)
  const protocol = question.protocol ?? protocolOf(to, port)
  const { predictor, meanwhile: probes } = await inventory.snapshot(async (agents, recorded) => {
    if (probeTimeoutMs === null) return null
    // What a probe leaves in neighbour and connection tables is no part of what is predicted from.
    await recorded
    return probePairs({ agents, from, to, protocol, port, timeoutMs: probeTimeoutMs, progress, signal })
  })
  const input = {
    predictor,
    source,
    from,
    to,
    flow: { protocol, ...given({ destinationPort: port }) },
    language,
    started,
    progress,
    ...given({ signal }),
  }
  return isLarge(from.length, to.length)
    ? classMatrixOf(input)
    : matrixOf({ ...input, probe: (one, other) => probes?.get(pairOf(one, other)) ?? null })
}

/** A matrix has one protocol. Throws a ClusterError where the services have several. */
function protocolOf(to: readonly End[], port: number | undefined): number {
  const services = to.filter(({ offers }) => offers.length > 0)
  const [first = ICMP, ...others] = new Set(services.map((end) => ownProtocol(end, port)))
  if (others.length > 0)
    throw new ClusterError(
      'bad-endpoint',
      `${services.map(({ endpoint }) => endpoint.name).join(', ')}: their protocols are not the same (${[first, ...others].map(protocolName).join(', ')}), and a matrix has one: give --protocol, or ask for each`,
    )
  return first
}
