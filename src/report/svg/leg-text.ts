import type { Catalogue } from '../../i18n/catalogue.ts'
import type { PacketView } from '../../model/path/path.ts'
import { formatNanoseconds } from '../quantity.ts'
import type { FigurePacket } from './figure.ts'
import { columns } from '../terminal/text-width.ts'

/** One line beside an arrow. */
export interface LegLine {
  readonly text: string
  /** `new`: the place before this leg wrote it; `other`: what was predicted instead. */
  readonly kind: 'address' | 'new' | 'fact' | 'other'
}

/** The packet on a leg: from, to, then what else was measured. */
export function legLines(packet: FigurePacket, words: Catalogue): readonly LegLine[] {
  const { packet: view, changed, expected } = packet
  const facts = [
    ...(view.ttl === undefined ? [] : [`TTL ${view.ttl}`]),
    ...(packet.clocksDiffer
      ? [words.report.clocksDiffer]
      : packet.elapsed === null
        ? []
        : [`+${formatNanoseconds(packet.elapsed)}`]),
  ]
  return [
    { text: withPort(view.src, view.sourcePort), kind: changed === 'src' ? 'new' : 'address' },
    { text: `→ ${withPort(view.dst, view.destinationPort)}`, kind: changed === 'dst' ? 'new' : 'address' },
    ...(facts.length === 0 ? [] : [{ text: facts.join(' · '), kind: 'fact' } as const]),
    ...(expected === null ? [] : otherwise(view, expected, words)),
  ]
}

const otherwise = (seen: PacketView, expected: PacketView, words: Catalogue): readonly LegLine[] => [
  { text: `(${words.figure.predictedHere}`, kind: 'other' },
  ...(seen.src === expected.src
    ? []
    : [{ text: `${expected.src}${seen.dst === expected.dst ? ')' : ''}`, kind: 'other' } as const]),
  ...(seen.dst === expected.dst ? [] : [{ text: `→ ${expected.dst})`, kind: 'other' } as const]),
]

const withPort = (address: string, port: number | undefined): string =>
  port === undefined ? address : address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`

/** Columns that the text beside an arrow takes. */
export const legColumns = (packet: FigurePacket | null, words: Catalogue): number =>
  packet === null ? 0 : Math.max(...legLines(packet, words).map(({ text }) => columns(text)))
