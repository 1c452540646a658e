import type { PacketView } from '../../model/path/path.ts'
import type { Box, Drawing, Leg, LegPacket } from '../drawing.ts'
import type { Page } from './page.ts'
import { nodeName, placeKind, placeName } from '../place.ts'
import { formatNanoseconds } from '../quantity.ts'
import { columns, padEnd, padStart, shorten, wrap } from './text-width.ts'

/** Wider boxes would be emptier, not clearer. */
const widestBox = 100
const indent = '  '
/** Where the line between boxes runs, inside the box. */
const stem = 3

export interface Names {
  /** What the far end is called, if not by its place: a host name. */
  readonly far: string
  readonly nearAddress: string
  readonly farAddress: string
}

/** The path as boxes joined by legs; the request goes down (↓), the reply comes up (↑). */
export function drawPath(page: Page, drawing: Drawing, names: Names): readonly string[] {
  const width = Math.min(widestBox, page.width - indent.length * 2)
  const packets = drawing.legs.flatMap((leg) => [leg.request, leg.reply]).filter((packet) => packet !== null)
  const widths: LegWidths = {
    source: Math.max(0, ...packets.map(({ packet }) => columns(packet.src))),
    destination: Math.max(0, ...packets.map(({ packet }) => columns(packet.dst))),
    ttl: Math.max(0, ...packets.map(({ packet }) => columns(ttlOf(packet)))),
    time: Math.max(0, ...packets.map((packet) => columns(timeOf(page, packet)))),
  }
  const last = drawing.boxes.length - 1
  // Behind a service the receiver has another address than the one that was asked for.
  const far = drawing.legs.at(-1)?.request?.packet.dst ?? names.farAddress
  const lines = drawing.boxes.flatMap((box, i) => [
    topEdge(page, box, width, i > 0),
    ...inside(
      page,
      box,
      width,
      i === 0 ? names.nearAddress : i === last && arrives(box) ? far : '',
      i === last ? names.far : '',
    ),
    bottomEdge(page, box, width, i < last),
    ...(i < last ? drawLeg(page, drawing.legs[i], widths, width) : []),
  ])
  return lines.map((line) => indent + line)
}

/** Where a packet is lost is not where it was to go. */
const arrives = (box: Box): boolean => box.ends !== 'request' && box.ends !== 'unknown'

const topEdge = (page: Page, box: Box, width: number, joined: boolean): string =>
  edge(page, width, joined, ['╭', '┴', '╮'], portLabel(box.in, box.replyOut, '↑'))

const bottomEdge = (page: Page, box: Box, width: number, joined: boolean): string =>
  edge(page, width, joined, ['╰', '┬', '╯'], portLabel(box.out, box.replyIn, '↑'))

/** `eth0`, or `eth1 ↓ eth0 ↑` where the reply uses another interface. */
const portLabel = (port: string | null, replyPort: string | null, up: string): string =>
  replyPort === null ? (port ?? '') : `${port ?? '?'} ↓ ${replyPort} ${up}`

function edge(
  page: Page,
  width: number,
  joined: boolean,
  [left, joint, right]: readonly [string, string, string],
  label: string,
): string {
  const { quiet } = page.paint
  const start = joined ? `${left}${'─'.repeat(stem - 1)}${joint}` : left
  const name = label === '' ? '' : ` ${shorten(label, width - stem - 6)} `
  const used = columns(start) + (name === '' ? 0 : 1 + columns(name)) + 1
  const rest = '─'.repeat(Math.max(0, width - used))
  return name === ''
    ? quiet(`${start}${rest}${right}`)
    : `${quiet(`${start}─`)}${name}${quiet(`${rest}${right}`)}`
}

function inside(page: Page, box: Box, width: number, address: string, far: string): readonly string[] {
  const { paint, words } = page
  const room = width - 4
  const row = (text: string): string => `${paint.quiet('│')} ${padEnd(text, room)} ${paint.quiet('│')}`
  const kind = placeKind(box.stack, words)
  const title = far !== '' && placeName(box.stack) === '' ? far : placeName(box.stack)
  const note = box.inferred
    ? words.inferred
    : box.derived
      ? [address, words.derived].filter((part) => part !== '').join('  ')
      : address
  const used = columns(kind) + (kind === '' ? 0 : 2) + (note === '' ? 0 : columns(note) + 2)
  const short = columns(title) > room - used ? nodeName(title) : title
  const name = shorten(short, Math.max(12, room - used))
  const left = [kind === '' ? '' : kind, name === '' ? '' : paint.strong(name)]
    .filter((part) => part !== '')
    .join('  ')
  const gap = Math.max(0, room - columns(left))
  const rows = [row(left + padStart(paint.quiet(note), gap))]
  for (const { kind: nat, from, to, by } of box.translations) {
    rows.push(row(`${paint.changed(nat)}  ${from} ⇒ ${paint.changed(to)}`))
    rows.push(...wrap(by, room - 6).map((line) => row(`      ${paint.quiet(line)}`)))
  }
  const end = endingOf(page, box)
  return end === '' ? rows : [...rows, row(end)]
}

function endingOf(page: Page, box: Box): string {
  const { paint, words } = page
  switch (box.ends) {
    case null:
      return ''
    case 'request':
      return paint.bad(`✗ ${words.requestEndedHere}`)
    case 'reply':
      return paint.bad(`✗ ${words.replyEndedHere}`)
    case 'unknown':
      return paint.uncertain(`? ${words.endUnknown}`)
  }
}

interface LegWidths {
  readonly source: number
  readonly destination: number
  readonly ttl: number
  readonly time: number
}

function drawLeg(page: Page, leg: Leg | undefined, widths: LegWidths, width: number): readonly string[] {
  const { paint } = page
  const rows = [
    ...(leg?.request ? packetRow(page, leg.request, paint.request('↓'), widths, width) : []),
    ...(leg?.reply ? packetRow(page, leg.reply, paint.reply('↑'), widths, width) : []),
  ]
  return (rows.length === 0 ? [''] : rows).map(
    (row) => `${' '.repeat(stem)}${paint.quiet('│')}${row === '' ? '' : `  ${row}`}`,
  )
}

function packetRow(
  page: Page,
  leg: LegPacket,
  arrow: string,
  widths: LegWidths,
  width: number,
): readonly string[] {
  const { paint } = page
  const lit = (text: string, which: 'src' | 'dst'): string =>
    leg.changed === which ? paint.changed(text) : text
  const source = lit(leg.packet.src, 'src')
  const destination = lit(leg.packet.dst, 'dst')
  const tail = [
    padEnd(ttlOf(leg.packet), widths.ttl),
    paint.quiet(padStart(timeOf(page, leg), widths.time)),
  ].join('   ')
  const room = width - stem - 4
  // IPv6 addresses may need a line each.
  if (widths.source + widths.destination + widths.ttl + widths.time + 12 > room)
    return [`${arrow} ${source}`, `  → ${padEnd(destination, widths.destination)}   ${tail}`.trimEnd()]
  return [
    `${arrow} ${padEnd(source, widths.source)} → ${padEnd(destination, widths.destination)}   ${tail}`.trimEnd(),
  ]
}

const ttlOf = (packet: PacketView): string => (packet.ttl === undefined ? '' : `ttl ${packet.ttl}`)

const timeOf = (page: Page, leg: LegPacket): string =>
  leg.clocksDiffer
    ? page.words.clocksDiffer
    : leg.elapsed === null
      ? ''
      : `+${formatNanoseconds(leg.elapsed)}`
