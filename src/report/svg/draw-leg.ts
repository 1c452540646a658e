import type { Catalogue } from '../../i18n/catalogue.ts'
import { element } from './markup.ts'
import { monoText } from './text.ts'
import { legLines } from './leg-text.ts'
import type { FigurePacket } from './figure.ts'
import { legMiddle, type PlacedLeg } from './layout.ts'

/** Half the distance between the arrow of the request and that of the reply. */
const apart = 12
const lineHeight = 14

interface Point {
  readonly x: number
  readonly y: number
}

/** The request's arrow with its packet above or left of it, the reply's with its packet below or right of it. */
export function drawLeg(placed: PlacedLeg, words: Catalogue): readonly string[] {
  const { leg } = placed
  return [
    ...(leg.request ? [drawOne(placed, leg.request, 'request', words)] : []),
    ...(leg.reply ? [drawOne(placed, leg.reply, 'reply', words)] : []),
  ]
}

type Kind = 'request' | 'reply'

/** The attributes say which leg it is, so that a page can follow a packet along it. */
const drawOne = (placed: PlacedLeg, packet: FigurePacket, kind: Kind, words: Catalogue): string =>
  element('g', { 'data-leg': placed.index, 'data-direction': kind }, ...legParts(placed, packet, kind, words))

function legParts(placed: PlacedLeg, packet: FigurePacket, kind: Kind, words: Catalogue): readonly string[] {
  const { at, reach, ports, way, replyOnly } = placed
  // A reply by itself runs the way its strip is read.
  const onward = kind === 'request' || replyOnly
  const lines = legLines(packet, words)
  if (way === 'across') {
    const y = at.y + legMiddle + (kind === 'request' ? -apart : apart)
    const left = { x: at.x - reach.left + ports.left, y }
    const right = { x: at.x + at.width + reach.right - ports.right, y }
    const first = kind === 'request' ? y - 8 - lineHeight * (lines.length - 1) : y + 17
    return [
      arrow(onward ? left : right, onward ? right : left, kind, packet),
      ...lines.map((line, i) =>
        monoText(
          textClass(line.kind, kind, 'pp-mid'),
          (Math.max(at.x, left.x) + Math.min(at.x + at.width, right.x)) / 2,
          first + i * lineHeight,
          line.text,
        ),
      ),
    ]
  }
  const x = at.x + at.width / 2 + (kind === 'request' ? -apart : apart)
  const top = { x, y: at.y + 22 }
  const bottom = { x, y: at.y + at.height - 22 }
  const downward = (way === 'down') === onward
  const first = at.y + at.height / 2 - ((lines.length - 1) * lineHeight) / 2 + 4
  return [
    arrow(downward ? top : bottom, downward ? bottom : top, kind, packet),
    ...lines.map((line, i) =>
      monoText(
        textClass(line.kind, kind, kind === 'request' ? 'pp-end' : ''),
        x + (kind === 'request' ? -10 : 10),
        first + i * lineHeight,
        line.text,
      ),
    ),
  ]
}

const textClass = (line: string, kind: Kind, anchor: string): string =>
  [
    'pp-leg',
    line === 'new' ? 'pp-new' : line === 'other' ? 'pp-other' : line === 'fact' ? 'pp-fact' : '',
    line === 'address' || line === 'new' ? `pp-${kind}-text` : '',
    anchor,
  ]
    .filter((name) => name !== '')
    .join(' ')

function arrow(from: Point, to: Point, kind: Kind, packet: FigurePacket): string {
  const length = Math.hypot(to.x - from.x, to.y - from.y)
  const across = (to.x - from.x) / length
  const down = (to.y - from.y) / length
  const size = 9
  const neck = { x: to.x - across * size, y: to.y - down * size }
  const wing = (side: number): string => `${round(neck.x - down * side)},${round(neck.y + across * side)}`
  return (
    element('line', {
      class: `pp-line pp-${kind}${packet.known === 'captured' ? '' : ` pp-${packet.known}`}`,
      x1: from.x,
      y1: from.y,
      x2: neck.x,
      y2: neck.y,
    }) +
    element('polygon', {
      class: `pp-${kind}-head`,
      points: `${round(to.x)},${round(to.y)} ${wing(4.5)} ${wing(-4.5)}`,
    })
  )
}

const round = (value: number): number => Math.round(value * 10) / 10
