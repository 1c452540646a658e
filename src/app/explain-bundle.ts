import type { Bundle } from '../bundle/bundle.ts'
import type { Flow } from '../forward/walk/predict.ts'
import type { Language } from '../i18n/language.ts'
import type { RunResult } from '../model/result/result.ts'
import { receiverOf, senderOf } from '../endpoints/recorded-endpoints.ts'
import { explain } from './explain.ts'
import type { Predictor } from '../forward/walk/predictor.ts'
import { given } from '../edge/given.ts'

export interface ExplainBundleOptions extends Omit<Flow, 'from' | 'to' | 'source'> {
  readonly bundle: Bundle
  /** Of the same bundle. */
  readonly predictor: Predictor
  /** Where it was read from. */
  readonly name: string
  /** Whatever `recorded-endpoints` understands. */
  readonly from: string
  readonly to: string
  /** Where neither the flow nor a service names a port. */
  readonly usualPort?: number
  readonly language: Language
  /** Also say which lines almost decided, and what they lacked. */
  readonly whyNot?: boolean
  readonly signal?: AbortSignal
}

/** Predicts one flow of a recorded snapshot. Rejects with a ClusterError: `bad-endpoint`, `no-such-endpoint`. */
export async function explainOnBundle(options: ExplainBundleOptions): Promise<RunResult> {
  const { bundle, predictor, name, from, to, usualPort, language, whyNot, signal, ...flow } = options
  const started = Date.now()
  const recorded = { bundle, fabric: predictor.fabric }
  const [sender, receiver] = await Promise.all([senderOf(recorded, from), receiverOf(recorded, to)])
  const port = flow.destinationPort ?? receiver.port ?? usualPort
  return explain({
    predictor,
    source: { kind: 'bundle', name },
    flow: {
      ...flow,
      from: sender.stack,
      to: receiver.address,
      ...given({ destinationPort: port, source: sender.source ?? undefined }),
    },
    from: sender.endpoint,
    to: receiver.endpoint,
    language,
    started,
    whyNot: whyNot === true,
    ...(signal ? { signal } : {}),
  })
}
