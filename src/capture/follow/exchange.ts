import type { SeenPacket, Sighting } from '../../model/packet/sighting.ts'
import type { StackId } from '../../model/stack/stack-id.ts'
import { portsOf } from './packet.ts'
import type { SightingPool } from './walk.ts'

/** What one stack saw of one exchange, by its own clock: so that an answer is found without reading everything. */
export interface Exchanges {
  /** Packets between the same two ends as this one, either way, not before `time`. */
  between(stack: StackId, packet: SeenPacket, time: bigint): readonly Sighting[]
  /** ICMP errors that quote a packet between the same two addresses, not before `time`. */
  errorsAbout(stack: StackId, packet: SeenPacket, time: bigint): readonly Sighting[]
  /** Packets that the stack sent out, or may have. */
  sentBy(stack: StackId): readonly Sighting[]
}

export function exchangesOf(pool: SightingPool): Exchanges {
  const ends = new Map<string, Sighting[]>()
  const errors = new Map<string, Sighting[]>()
  const sent = new Map<string, Sighting[]>()
  for (const sighting of pool.all()) {
    const { point, packet, direction } = sighting
    const about = packet.transport.kind === 'icmp' ? packet.transport.about : undefined
    if (about) add(errors, errorKey(point.stack, about), sighting)
    else add(ends, endsKey(point.stack, packet), sighting)
    if (direction !== 'in') add(sent, point.stack, sighting)
  }
  for (const index of [ends, errors, sent]) for (const list of index.values()) list.sort(byTime)
  return {
    between: (stack, packet, time) => from(ends.get(endsKey(stack, packet)), time),
    errorsAbout: (stack, packet, time) => from(errors.get(errorKey(stack, packet)), time),
    sentBy: (stack) => sent.get(stack) ?? [],
  }
}

const byTime = (a: Sighting, b: Sighting): number => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0)

function add(index: Map<string, Sighting[]>, key: string, sighting: Sighting): void {
  const list = index.get(key)
  if (list) list.push(sighting)
  else index.set(key, [sighting])
}

/** The same for a packet and its answer. */
function endsKey(stack: StackId, packet: SeenPacket): string {
  const [source, destination] = portsOf(packet.transport)
  const ends = [`${packet.source} ${source}`, `${packet.destination} ${destination}`].sort()
  const sequence = packet.transport.kind === 'icmp' ? packet.transport.sequence : 0
  return `${stack}\n${packet.protocol} ${ends.join(' ')} ${sequence}`
}

const errorKey = (stack: StackId, packet: SeenPacket): string =>
  `${stack}\n${packet.protocol} ${packet.source} ${packet.destination}`

function from(list: readonly Sighting[] | undefined, time: bigint): readonly Sighting[] {
  if (!list) return []
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >> 1
    const at = list[middle]
    if (at && at.time < time) low = middle + 1
    else high = middle
  }
  return low === 0 ? list : list.slice(low)
}
