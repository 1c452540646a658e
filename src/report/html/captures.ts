import type { Catalogue } from '../../i18n/catalogue.ts'
import type { Hop, PacketView, Path } from '../../model/path/path.ts'
import { code } from './evidence.ts'
import { addressesOf, transportText } from '../packet-text.ts'
import { place } from '../place.ts'
import { formatNanoseconds } from '../quantity.ts'
import { element, escapeMarkup } from '../svg/markup.ts'

/** One packet as one interface saw it. */
interface Seen {
  readonly direction: 'forward' | 'reply'
  readonly stack: string
  readonly interface: string
  readonly way: 'in' | 'out'
  /** Nanoseconds after the trace began, by that stack's clock. */
  readonly time: number | null
  readonly packet: PacketView
}

/** Every place at which the followed packet was captured, there and back, as a table; empty where nothing was. */
export function capturesTable(path: Path | null, { report, figure }: Catalogue): string {
  const rows = path === null ? [] : [...seenOf(path, 'forward'), ...seenOf(path, 'reply')]
  const start = rows.find(({ time }) => time !== null)?.time ?? 0
  if (rows.length === 0) return ''
  const cells = (row: Seen): readonly string[] => [
    escapeMarkup(row.direction === 'forward' ? report.request : report.reply),
    escapeMarkup(row.time === null ? '' : `+${formatNanoseconds(Math.max(0, row.time - start))}`),
    escapeMarkup(place(row.stack, report)),
    code(row.interface),
    escapeMarkup(report.direction[row.way]),
    code(addressesOf(row.packet)),
    escapeMarkup(row.packet.ttl === undefined ? '' : String(row.packet.ttl)),
    escapeMarkup(row.packet.length === undefined ? '' : String(row.packet.length)),
    code(transportText(row.packet)),
  ]
  const head = ['', ...figure.captureColumns].map((text) =>
    element('th', { scope: 'col' }, escapeMarkup(text)),
  )
  return [
    element('h3', {}, escapeMarkup(figure.captures)),
    element(
      'div',
      { class: 'scroll' },
      element(
        'table',
        { class: 'captures' },
        element('thead', {}, element('tr', {}, ...head)),
        element(
          'tbody',
          {},
          ...rows.map((row) =>
            element(
              'tr',
              { class: row.direction === 'reply' ? 'reply' : null },
              ...cells(row).map((text) => element('td', {}, text)),
            ),
          ),
        ),
      ),
    ),
  ].join('')
}

/** What follows from other captures was not captured itself. */
const seenOf = (path: Path, direction: 'forward' | 'reply'): readonly Seen[] =>
  path[direction].filter(({ evidence }) => evidence !== 'inferred').flatMap((hop) => seenAt(hop, direction))

function seenAt(hop: Hop, direction: Seen['direction']): readonly Seen[] {
  const at = (way: 'in' | 'out', name: string | null, packet: PacketView | null): readonly Seen[] =>
    name === null || packet === null
      ? []
      : [{ direction, stack: hop.stack, interface: name, way, time: hop.times?.[way] ?? null, packet }]
  return [...at('in', hop.in, hop.packetIn), ...at('out', hop.out, hop.packetOut)]
}
