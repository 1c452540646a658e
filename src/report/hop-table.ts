import type { Catalogue } from '../i18n/catalogue.ts'
import type { Rewriting } from '../model/live-packet.ts'
import type { PacketView } from '../model/path.ts'
import type { StackId } from '../model/stack-id.ts'
import { clean } from './clean.ts'
import { paintFor, type ColourLevel } from './colour.ts'
import { rewritingText, shortNames } from './live-packet-line.ts'
import { formatNanoseconds } from './quantity.ts'
import { columns, padEnd, padStart, shorten } from './text-width.ts'

/** Where the second line of a place begins. */
const indent = '         '

/** A packet of a probe, or its answer, at one place. */
export interface HopRow {
  readonly probe: number
  readonly direction: 'forward' | 'reply'
  readonly stack: StackId
  readonly interface: string
  readonly inOut: 'in' | 'out' | 'unknown'
  readonly view: PacketView
  /** Nanoseconds since the packet left, by the same clock; null by another. */
  readonly after: number | null
  readonly rewritten: readonly Rewriting[]
}

/** The latest probe's places as lines of at most `width` columns, in the order in which they were seen. */
export function renderHops(
  rows: readonly HopRow[],
  of: number,
  options: { readonly width: number; readonly colour: ColourLevel; readonly words: Catalogue },
): readonly string[] {
  const { words } = options
  const paint = paintFor(options.colour)
  const latest = rows.at(-1)?.probe ?? 0
  const shown = rows.filter(({ probe }) => probe === latest)
  const names = shortNames([...new Set(shown.map(({ stack }) => stack))])
  const cells = shown.map((row) => ({
    reply: row.direction === 'reply',
    direction: row.direction === 'forward' ? words.capture.hops.request : words.capture.hops.reply,
    place: `${names.get(row.stack) ?? ''} ${clean(row.interface)}`,
    inOut: row.inOut === 'unknown' ? '?' : row.inOut,
    addresses: `${row.view.src} → ${row.view.dst}`,
    ttl: row.view.ttl === undefined ? '' : `ttl ${row.view.ttl}`,
    after: row.after === null ? '' : `+${formatNanoseconds(row.after)}`,
    rewritten: row.rewritten.map(rewritingText).join(', '),
  }))
  const width = (texts: readonly string[]): number => Math.max(0, ...texts.map(columns))
  const widths = {
    direction: width(cells.map((cell) => cell.direction)),
    place: width(cells.map((cell) => cell.place)),
    addresses: width(cells.map((cell) => cell.addresses)),
    after: width(cells.map((cell) => cell.after)),
  }
  const title = of > 1 && latest > 0 ? [paint.strong(words.capture.hops.probe(latest, of))] : []
  return [
    ...title,
    ...cells.flatMap((cell) => {
      const text = [
        padEnd(cell.direction, widths.direction),
        padEnd(cell.place, widths.place),
        padEnd(cell.inOut, 3),
        padEnd(cell.addresses, widths.addresses),
        padEnd(cell.ttl, 7),
        padStart(cell.after, widths.after),
      ].join(' ')
      const whole = `${text} ${cell.rewritten}`.trimEnd()
      // What was rewritten has a line of its own where it does not fit beside the rest.
      const lines = columns(whole) <= options.width ? [whole] : [text.trimEnd(), `${indent}${cell.rewritten}`]
      const colour = cell.rewritten !== '' ? paint.changed : cell.reply ? paint.reply : paint.request
      return lines.filter((line) => line.trim() !== '').map((line) => colour(shorten(line, options.width)))
    }),
  ]
}
