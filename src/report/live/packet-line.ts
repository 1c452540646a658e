import type { LivePacket, PacketDetail, Rewriting } from '../../model/packet/live-packet.ts'
import type { PacketView } from '../../model/path/path.ts'
import { stackKind, stackName, type StackId } from '../../model/stack/stack-id.ts'
import { clean } from '../../edge/clean.ts'
import { paintFor, tagColour, type ColourLevel } from '../terminal/colour.ts'
import { addressesOf, transportText } from '../packet-text.ts'
import { nodeName, podName } from '../place.ts'
import { columns, padEnd, padStart, shorten } from '../terminal/text-width.ts'

export interface LiveLineOptions {
  /** Columns of the terminal; null: lines are as long as they are. */
  readonly width: number | null
  readonly colour: ColourLevel
  /** The stacks that are captured: their names are kept apart. */
  readonly stacks: readonly StackId[]
  /** Minutes that local time is ahead of UTC, at that moment. */
  readonly offsetMinutes: number
}

/** Below, a name may take this many columns. */
const widestName = 24
const widestInterface = 15
/** Columns at which what does not fit on a line goes on. */
const indent = 9

/** Writes captured packets, a line each; columns grow with what they have seen, so that lines stand under each other. */
export function liveLines(options: LiveLineOptions): (packet: LivePacket) => string {
  const paint = paintFor(options.colour)
  const names = shortNames(options.stacks)
  const nameWidth = Math.max(0, ...[...names.values()].map(columns))
  let addressesWidth = 0
  // The CNI's veths: three letters, eleven digits of a hash.
  let placeWidth = nameWidth + 1 + (options.width !== null && options.width < 100 ? 4 : 14)
  let numberWidth = 4
  return (packet) => {
    const name = names.get(packet.stack) ?? shorten(clean(stackName(packet.stack)), widestName)
    const place = `${padEnd(name, nameWidth)} ${shorten(clean(packet.interface), widestInterface)}`
    const number = packet.packet === null ? '' : `${packet.packet}.${packet.step}`
    const addresses = packet.view ? addressesOf(packet.view) : ''
    placeWidth = Math.max(placeWidth, columns(place))
    numberWidth = Math.max(numberWidth, number.length)
    addressesWidth = Math.max(addressesWidth, columns(addresses))
    const head = [
      paint.quiet(clock(packet.time, options.offsetMinutes)),
      tagColour(padStart(number, numberWidth), packet.packet, options.colour),
      padEnd(place, placeWidth),
      packet.direction === 'in'
        ? paint.reply('in ')
        : paint.request(packet.direction === 'out' ? 'out' : '?  '),
    ].join(' ')
    const parts = (aligned: string): string[] => [
      head,
      ...(packet.view ? [aligned] : []),
      clean(protocolText(packet.view, packet.detail)),
      ...packet.rewritten.map((one) => paint.changed(rewritingText(one))),
    ]
    const table = fit(parts(padEnd(addresses, addressesWidth)), options.width)
    return table.includes('\n') ? fit(parts(addresses), options.width) : table
  }
}

/** On one line where there is room; what has none goes on, indented, at the next. */
function fit(parts: readonly string[], width: number | null): string {
  const lines: string[] = []
  let line = ''
  for (const part of parts) {
    const longer = line === '' ? part : `${line} ${part}`
    if (line === '' || width === null || columns(longer.trimEnd()) <= width) {
      line = longer
      continue
    }
    lines.push(line.trimEnd())
    line = `${' '.repeat(indent)}${part}`
  }
  return [...lines, line.trimEnd()].join('\n')
}

/** `10:12:01.123456`: local time, to the microsecond that tcpdump gives. */
function clock(time: bigint, offsetMinutes: number): string {
  const micro = Number((time / 1000n) % 1_000_000n)
  const second = Number((time / 1_000_000_000n + BigInt(offsetMinutes * 60)) % 86_400n)
  const two = (n: number): string => String(n).padStart(2, '0')
  return `${two(Math.floor(second / 3600))}:${two(Math.floor(second / 60) % 60)}:${two(second % 60)}.${String(micro).padStart(6, '0')}`
}

/** The field's own words, the same in every language. */
function protocolText(view: PacketView | null, detail: PacketDetail): string {
  if (!view) return withoutAddresses(detail)
  const transport = detail.kind === 'dns' ? 'dns' : transportText(view)
  return `ttl ${padEnd(String(view.ttl ?? '?'), 2)} ${transport}${detailText(detail, view)}`
}

function withoutAddresses(detail: PacketDetail): string {
  if (detail.kind === 'arp')
    return detail.operation === 'reply'
      ? `arp ${detail.sender} is here, for ${detail.target}`
      : `arp who has ${detail.target}? tell ${detail.sender}`
  if (detail.kind === 'frame' && detail.etherType !== null)
    return `frame of EtherType 0x${detail.etherType.toString(16).padStart(4, '0')}`
  return 'frame'
}

function detailText(detail: PacketDetail, view: PacketView): string {
  switch (detail.kind) {
    case 'dns':
      return ` ${dnsText(detail)}`
    case 'error':
      return `, about ${addressesOf(detail.about)} ${detail.about.protocol}`
    case 'payload':
      return view.icmpType === undefined && detail.length > 0 ? ` len ${detail.length}` : ''
    case 'arp':
    case 'frame':
      return ''
  }
}

/** RFC 1035 and RFC 6895, as dig spells them. */
const dnsCodes: Readonly<Record<number, string>> = {
  1: 'FORMERR',
  2: 'SERVFAIL',
  3: 'NXDOMAIN',
  4: 'NOTIMP',
  5: 'REFUSED',
}

function dnsText(detail: Extract<PacketDetail, { kind: 'dns' }>): string {
  const { question, answers, response, code } = detail
  const asked = question ? `${question.type}? ${question.name}` : 'no question'
  if (!response) return asked
  if (code !== 0) return `${asked} = ${dnsCodes[code] ?? `code ${code}`}`
  return `${asked} = ${answers.length === 0 ? 'no answer' : answers.join(', ')}`
}

export const rewritingText = ({ kind, undone, from, to }: Rewriting): string =>
  `${undone ? 'un-' : ''}${kind} ${from} ⇒ ${to}`

/**
 * The shortest names that keep the stacks apart: a node's without its domain, a pod's without what its ReplicaSet
 * added, where no other pod would be called the same.
 */
export function shortNames(stacks: readonly StackId[]): ReadonlyMap<StackId, string> {
  const long = (stack: StackId): string => {
    const name = clean(stackName(stack))
    return stackKind(stack) === 'node' ? nodeName(name) : podName(name)
  }
  const short = new Map(stacks.map((stack) => [stack, shorten(withoutHash(long(stack)), widestName)]))
  const many = new Map<string, number>()
  for (const name of short.values()) many.set(name, (many.get(name) ?? 0) + 1)
  return new Map(
    [...short].map(([stack, name]) =>
      many.get(name) === 1 ? [stack, name] : [stack, shorten(long(stack), widestName + 8)],
    ),
  )
}

/** `netshoot-pod-8675d4fb89-fkcv6` → `netshoot-pod-fkcv6`: the letters that Kubernetes makes names of (rand.SafeEncodeString). */
const withoutHash = (name: string): string =>
  name.replace(/-[bcdfghjklmnpqrstvwxz2456789]{8,10}(-[bcdfghjklmnpqrstvwxz2456789]{5})$/, '$1')
