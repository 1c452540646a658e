import { ClusterError } from '../cluster/api/cluster-error.ts'
import { parseJson } from '../edge/json.ts'
import { parseIp } from '../model/address/address.ts'
import { parseProtocol } from '../model/packet/packet.ts'
import type { Flow } from '../forward/walk/predict.ts'
import { senderByStack } from '../endpoints/recorded-endpoints.ts'
import { likeliest, type Predictor } from '../forward/walk/predictor.ts'
import { given } from '../edge/given.ts'

/** One line of `--flows`, answered: a prediction, or what is wrong with the line. */
export type FlowAnswer =
  | { readonly flow: unknown; readonly predicted: unknown; readonly translations: unknown }
  | { readonly flow: unknown; readonly error: { readonly code: string; readonly message: string } }

/** Characters; a flow has a handful of short fields. */
export const longestFlow = 10_000

/** The answer to a line of which nobody kept more than that. */
export const flowTooLong: FlowAnswer = {
  flow: null,
  error: { code: 'too-long', message: `a flow is at most ${longestFlow} characters` },
}

/** Reads one line of JSON, as the contract has it. A bad line is an answer as well; the rest goes on. */
export function answerFlowLine(predictor: Predictor, line: string): FlowAnswer {
  if (line.length > longestFlow) return flowTooLong
  const read = parseJson(line)
  if ('problem' in read) return bad(line.slice(0, 200), 'not-json', read.problem)
  const { value } = read
  const flow = flowOf(value)
  if (typeof flow === 'string') return bad(value, 'bad-flow', flow)
  const from = predictor.has(flow.from) ? flow : fromAddress(predictor, flow)
  if (from === null) return bad(value, 'no-such-stack', `the snapshot has no stack ${flow.from}`)
  const first = likeliest(predictor.predict(from))
  return { flow: value, predicted: first.path(), translations: first.translations() }
}

/** `from` may be an address too, as `--from` may. */
function fromAddress(predictor: Predictor, flow: Flow): Flow | null {
  const sender = senderByStack(predictor.fabric, flow.from)
  if (sender === null || sender instanceof ClusterError) return null
  const { source } = sender
  return { ...flow, from: sender.stack, ...given({ source: source ?? undefined }) }
}

const bad = (flow: unknown, code: string, message: string): FlowAnswer => ({ flow, error: { code, message } })

/** A flow, or what is wrong with it. */
function flowOf(value: unknown): Flow | string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'a flow is a JSON object'
  const get = (name: string): unknown => Reflect.get(value, name)
  const from = get('from')
  const to = get('to')
  const address = typeof to === 'string' ? parseIp(to) : undefined
  if (typeof from !== 'string') return '`from` is the id of a stack'
  if (address === undefined) return '`to` is an IP address'
  const protocolText = get('protocol') ?? 'icmp'
  const protocol = typeof protocolText === 'string' ? parseProtocol(protocolText) : undefined
  if (protocol === undefined) return '`protocol` is icmp, tcp, udp or a number of IANA’s'
  const numbers: Record<string, number> = {}
  for (const [name, most] of [
    ['port', 65535],
    ['sourcePort', 65535],
    ['mark', 0xffffffff],
  ] as const) {
    const number = get(name)
    if (number === undefined) continue
    if (typeof number !== 'number' || !Number.isInteger(number) || number < 0 || number > most)
      return `\`${name}\` is a whole number from 0 to ${most}`
    numbers[name] = number
  }
  const { port, sourcePort, mark } = numbers
  return {
    from,
    to: address,
    protocol: address !== undefined && typeof address === 'bigint' && protocol === 1 ? 58 : protocol,
    ...given({ destinationPort: port, sourcePort, mark }),
  }
}
