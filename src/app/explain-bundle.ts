import type { Bundle } from '../bundle/bundle.ts'
import { ClusterError } from '../cluster/cluster-error.ts'
import { nearest } from '../cluster/resolve.ts'
import type { Flow } from '../forward/predict.ts'
import type { Language } from '../i18n/language.ts'
import { parseIp } from '../model/address.ts'
import type { RunResult } from '../model/result.ts'
import { explain } from './explain.ts'
import { predictorOf } from './predictor.ts'
import { endpointOfStack } from './stack-endpoint.ts'

export interface ExplainBundleOptions extends Pick<Flow, 'protocol' | 'destinationPort'> {
  readonly bundle: Bundle
  /** Where it was read from. */
  readonly name: string
  /** A stack of the bundle: `pod/default/web-1`; a pod also without the first word. */
  readonly from: string
  /** The same, or an address. */
  readonly to: string
  readonly language: Language
  /** Also say which lines almost decided, and what they lacked. */
  readonly whyNot?: boolean
}

/** Predicts one flow of a recorded snapshot. Throws a ClusterError: `bad-endpoint`, `no-such-endpoint`. */
export function explainOnBundle(options: ExplainBundleOptions): RunResult {
  const { bundle, name, protocol, destinationPort } = options
  const started = Date.now()
  const { stacks } = bundle.index
  const stackOf = (typed: string): string | undefined =>
    stacks.find(({ id }) => id === typed || id === `pod/${typed}`)?.id
  const from = stackOf(options.from)
  if (from === undefined) throw noStack(options.from, stacks)
  const typed = parseIp(options.to)
  const toStack = typed === undefined ? stackOf(options.to) : undefined
  const end =
    toStack === undefined
      ? ({ kind: 'address', name: options.to, address: options.to } as const)
      : endpointOfStack(toStack, bundle)
  const to = parseIp(end.address)
  if (to === undefined) throw noStack(options.to, stacks)
  return explain({
    predictor: predictorOf(bundle),
    source: { kind: 'bundle', name },
    flow: { from, to, protocol, ...(destinationPort === undefined ? {} : { destinationPort }) },
    from: endpointOfStack(from, bundle),
    to: end,
    language: options.language,
    started,
    whyNot: options.whyNot === true,
  })
}

function noStack(typed: string, stacks: readonly { readonly id: string }[]): ClusterError {
  const near = nearest(
    typed,
    stacks.map(({ id }) => id),
  )
  return new ClusterError(
    'no-such-endpoint',
    `${typed}: the snapshot has no such stack; give one of its stacks${near.length === 0 ? '' : `, such as ${near.join(', ')},`} or an address`,
  )
}
