import type { Catalogue } from '../../i18n/catalogue.ts'
import type { Rewriting } from '../../model/packet/live-packet.ts'
import type { PacketView } from '../../model/path/path.ts'
import type { StackId } from '../../model/stack/stack-id.ts'
import { clean } from '../../edge/clean.ts'
import { paintFor, type ColourLevel } from './colour.ts'
import { rewritingText, shortNames } from '../live/packet-line.ts'
import { formatNanoseconds } from '../quantity.ts'
import { columns, padEnd, padStart, shorten } from './text-width.ts'

/** Where the second line of a place begins. */
const indent = '         '

const inOutWidth = 3
/** As wide as `ttl 128`. */
const roomyTtl = 7
/** Room for an interface's name, which the kernel holds to 15 octets, and something of its stack's. */
const leastPlace = 20

/** The ends of names tell them apart: of a node its address, of a pod its hash. */
function placeText(cell: { readonly stack: string; readonly interface: string }, room: number): string {
  const left = room - columns(cell.interface) - 1
  return `${columns(cell.stack) <= left ? cell.stack : `…${cell.stack.slice(-Math.max(1, left - 1))}`} ${cell.interface}`
}

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
    stack: names.get(row.stack) ?? '',
    interface: clean(row.interface),
    inOut: row.inOut === 'unknown' ? '?' : row.inOut,
    addresses: `${row.view.src} → ${row.view.dst}`,
    ttl: row.view.ttl === undefined ? '' : `ttl ${row.view.ttl}`,
    after: row.after === null ? '' : `+${formatNanoseconds(row.after)}`,
    rewritten: row.rewritten.map(rewritingText).join(', '),
  }))
  const width = (texts: readonly string[]): number => Math.max(0, ...texts.map(columns))
  const widths = {
    direction: width(cells.map((cell) => cell.direction)),
    place: width(cells.map((cell) => `${cell.stack} ${cell.interface}`)),
    addresses: width(cells.map((cell) => cell.addresses)),
    ttl: roomyTtl,
    after: width(cells.map((cell) => cell.after)),
  }
  const sum = (): number => Object.values(widths).reduce((all, one) => all + one, inOutWidth + 5)
  // Where there is no room for all, the addresses stay whole: the word becomes an arrow, and names lose their beginnings.
  const narrow = sum() > options.width
  if (narrow) {
    widths.direction = 1
    widths.ttl = width(cells.map((cell) => cell.ttl))
    widths.place = Math.max(leastPlace, widths.place - Math.max(0, sum() - options.width))
  }
  const title = of > 1 && latest > 0 ? [paint.strong(words.capture.hops.probe(latest, of))] : []
  return [
    ...title,
    ...cells.flatMap((cell) => {
      const text = [
        padEnd(narrow ? (cell.reply ? '↑' : '↓') : cell.direction, widths.direction),
        padEnd(placeText(cell, widths.place), widths.place),
        padEnd(cell.inOut, inOutWidth),
        padEnd(cell.addresses, widths.addresses),
        padEnd(cell.ttl, widths.ttl),
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
