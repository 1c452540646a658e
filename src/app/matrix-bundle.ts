import type { Bundle } from '../bundle/bundle.ts'
import type { Flow } from '../forward/predict.ts'
import { parseIp } from '../model/address.ts'
import type { MatrixResult } from '../model/matrix.ts'
import { stackKind } from '../model/stack-id.ts'
import { matrixOf, type MatrixEnd } from './matrix.ts'
import { predictorOf } from './predictor.ts'
import { endpointOfStack } from './stack-endpoint.ts'

export interface BundleMatrixOptions {
  readonly bundle: Bundle
  /** The bundle's path, for people. */
  readonly name: string
  /** Stacks that send and receive; none is every pod of the bundle, or every stack where it has no pods. */
  readonly ends: readonly string[]
  /** Stacks or addresses that receive besides. */
  readonly to: readonly string[]
  readonly flow: Pick<Flow, 'protocol' | 'destinationPort'>
  readonly started: number
}

/** What of the words is neither a stack of the bundle nor an address. */
export interface UnknownEnd {
  readonly problem: 'no-such-stack'
  readonly word: string
}

/** Who reaches whom by a recorded snapshot. Pure but for the clock that `started` brings. */
export function matrixOfBundle(options: BundleMatrixOptions): MatrixResult | UnknownEnd {
  const { bundle } = options
  const known = bundle.index.stacks.map((stack) => stack.id)
  const pods = known.filter((id) => stackKind(id) === 'pod')
  const ends = options.ends.length > 0 ? options.ends : pods.length > 0 ? pods : known
  const stray = ends.find((id) => !known.includes(id))
  if (stray !== undefined) return { problem: 'no-such-stack', word: stray }
  const unknown = options.to.find((word) => !known.includes(word) && parseIp(word) === undefined)
  if (unknown !== undefined) return { problem: 'no-such-stack', word: unknown }
  const endOf = (id: string): MatrixEnd => ({ endpoint: endpointOfStack(id, bundle), stack: id, port: null })
  const from = [...new Set(ends)].map(endOf)
  const more = [...new Set(options.to)]
    .filter((word) => !ends.includes(word))
    .map((word): MatrixEnd =>
      known.includes(word)
        ? endOf(word)
        : { endpoint: { kind: 'address', name: word, address: word }, stack: null, port: null },
    )
  return matrixOf({
    predictor: predictorOf(bundle),
    source: { kind: 'bundle', name: options.name },
    from,
    to: [...from, ...more],
    flow: options.flow,
    probe: () => null,
    started: options.started,
  })
}
