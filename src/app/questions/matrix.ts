import { given } from '../../edge/given.ts'
import type { Language } from '../../i18n/language.ts'
import type { Inventory } from '../../inventory/inventory.ts'
import type { MatrixResult } from '../../model/result/matrix.ts'
import { matrixOf } from '../matrix.ts'
import { pairOf, probePairs } from '../probe-pairs.ts'
import { matrixEnds } from './matrix-ends.ts'

export interface MatrixQuestion {
  /** Senders and receivers, as users type them; none is everybody. */
  readonly ends: readonly string[]
  /** Receivers besides. */
  readonly to: readonly string[]
  readonly protocol: number
  readonly port?: number
  /** Milliseconds for each probe; null: nothing is sent, the matrix is a prediction alone. */
  readonly probeTimeoutMs: number | null
  readonly language: Language
}

/** Who reaches whom, predicted from a snapshot and, if asked for, tried. Rejects with a ClusterError. */
export async function askMatrix(inventory: Inventory, question: MatrixQuestion): Promise<MatrixResult> {
  const { protocol, port, probeTimeoutMs, language } = question
  const { source, started, progress, signal } = inventory
  const { from, to } = await matrixEnds(question, inventory)
  const { predictor, meanwhile: probes } = await inventory.snapshot(async (agents, recorded) => {
    if (probeTimeoutMs === null) return null
    // What a probe leaves in neighbour and connection tables is no part of what is predicted from.
    await recorded
    return probePairs({ agents, from, to, protocol, port, timeoutMs: probeTimeoutMs, progress, signal })
  })
  return matrixOf({
    predictor,
    source,
    from,
    to,
    flow: { protocol, ...given({ destinationPort: port }) },
    probe: (one, other) => probes?.get(pairOf(one, other)) ?? null,
    language,
    started,
    progress,
    ...given({ signal }),
  })
}
