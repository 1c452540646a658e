import type { Bundle } from '../bundle/bundle.ts'
import type { Flow } from '../forward/walk/predict.ts'
import type { MatrixResult } from '../model/result/matrix.ts'
import { stackKind } from '../model/stack/stack-id.ts'
import { endpointOf, everyEndOf, type RecordedEnd } from '../endpoints/recorded-endpoints.ts'
import { matrixOf } from './matrix.ts'
import { matrixEnds } from './matrix-ends.ts'
import type { Language } from '../i18n/language.ts'
import type { Progress } from '../session/progress.ts'
import type { Predictor } from '../forward/walk/predictor.ts'

export interface BundleMatrixOptions {
  readonly bundle: Bundle
  /** Of the same bundle. */
  readonly predictor: Predictor
  /** The bundle's path, for people. */
  readonly name: string
  /** Who sends and receives, as `recorded-endpoints` understands it; none is every pod of the bundle, or every stack where it has
   * no pods. */
  readonly ends: readonly string[]
  /** Who receives besides. */
  readonly to: readonly string[]
  readonly flow: Pick<Flow, 'protocol' | 'destinationPort'>
  readonly started: number
  readonly language: Language
  readonly progress: Progress
  readonly signal?: AbortSignal
}

/** Who reaches whom by a recorded snapshot. Rejects with a ClusterError: `bad-endpoint`, `no-such-endpoint`. */
export async function matrixOfBundle(options: BundleMatrixOptions): Promise<MatrixResult> {
  const { predictor } = options
  const recorded = { bundle: options.bundle, fabric: predictor.fabric }
  const { from, to } = await matrixEnds(options, {
    everybody: () => everyStack(predictor),
    named: async (words) => (await Promise.all(words.map((word) => everyEndOf(recorded, word)))).flat(),
    nobodySends: 'none of these sends: no stack of theirs was recorded',
  })
  return matrixOf({
    predictor,
    source: { kind: 'bundle', name: options.name },
    from,
    to,
    flow: options.flow,
    probe: () => null,
    language: options.language,
    started: options.started,
    progress: options.progress,
    ...(options.signal ? { signal: options.signal } : {}),
  })
}

function everyStack({ fabric }: Predictor): readonly RecordedEnd[] {
  const pods = fabric.stacks.filter(({ id }) => stackKind(id) === 'pod')
  return (pods.length > 0 ? pods : fabric.stacks).map((stack) => ({
    endpoint: endpointOf(fabric, stack),
    stack: stack.id,
    port: null,
  }))
}
