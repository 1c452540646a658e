import type { Catalogue } from '../../i18n/catalogue.ts'
import { nodeName, placeKind } from '../place.ts'
import { stackName } from '../../model/stack/stack-id.ts'
import { element } from './markup.ts'
import { drawLeg } from './draw-leg.ts'
import { portWidth, showsPorts, type StationLine } from './station-text.ts'
import type { Station } from './figure.ts'
import { legMiddle, type PlacedStation, type PlacedStrip, type Rectangle } from './layout.ts'
import type { Step } from './steps.ts'
import { monoText, sansText } from './text.ts'

/** One strip, its top left corner at 0, 0. Frames first, then arrows, then boxes, then the ports on their edges. */
export function drawStrip(placed: PlacedStrip, words: Catalogue): readonly string[] {
  const boxes = new Map(placed.stations.map(({ station, at }) => [station, at]))
  return [
    ...(placed.vpc ? [drawVpc(placed, placed.vpc, words)] : []),
    ...placed.machines.map(({ at, station }) => drawMachine(at, station, words)),
    ...placed.stations.map((one) => drawStation(one)),
    ...placed.legs.flatMap((leg) => drawLeg(leg, words)),
    ...placed.legs.flatMap((leg) => {
      const from = boxes.get(leg.from)
      const to = boxes.get(leg.to)
      const { box: near } = leg.from
      const { box: far } = leg.to
      return [
        ...(from ? drawPorts(leg.from, near.out, near.replyIn, from, sideOf(leg.way, true)) : []),
        ...(to ? drawPorts(leg.to, far.in, far.replyOut, to, sideOf(leg.way, false), leg.at) : []),
      ]
    }),
    ...(placed.omitted
      ? [
          sansText(
            'pp-small pp-quiet pp-mid',
            placed.omitted.at.x + placed.omitted.at.width / 2,
            placed.omitted.at.y + legMiddle,
            `… ${words.figure.hops(placed.omitted.count)} …`,
          ),
        ]
      : []),
  ]
}

type Side = 'left' | 'right' | 'top' | 'bottom'

function sideOf(way: 'across' | 'down' | 'up', leaving: boolean): Side {
  if (way === 'across') return leaving ? 'right' : 'left'
  return (way === 'down') === leaving ? 'bottom' : 'top'
}

function drawVpc(placed: PlacedStrip, at: Rectangle, words: Catalogue): string {
  const vpc = placed.stations.find(({ station }) => station.kind === 'vpc')
  const label = vpc ? `VPC ${stackName(vpc.station.stack)}` : words.report.stack.vpc
  return element(
    'g',
    {},
    element('rect', { class: 'pp-vpc', ...at, rx: 12 }),
    sansText('pp-small pp-vpc-name pp-mid', at.x + at.width / 2, at.y + 17, label),
  )
}

function drawMachine(at: Rectangle, station: Station, words: Catalogue): string {
  const ghost = station.known === 'predicted' ? ' pp-ghost' : ''
  return element(
    'g',
    {},
    element('rect', { class: `pp-machine${ghost}`, ...at, rx: 10 }),
    sansText(
      'pp-kind',
      at.x + 14,
      at.y + 17,
      `${placeKind(station.stack, words.report)} ${nodeName(stackName(station.stack))}`,
    ),
  )
}

function drawStation({ index, station, at, lines }: PlacedStation): string {
  const look = station.kind === 'pod' ? 'pp-pod' : station.kind === 'node' ? 'pp-host' : 'pp-cloud'
  const ghost =
    station.known === 'predicted' ? ' pp-ghost' : station.known === 'inferred' ? ' pp-inferred' : ''
  const ended = station.guilty !== null && station.guilty.ends !== 'unknown'
  const guilty = ended && station.guilty.cause
  return element(
    'g',
    { 'data-station': index },
    element('rect', {
      class: `pp-box ${look}${guilty ? ' pp-guilty' : ghost}`,
      ...at,
      rx: station.kind === 'internet' ? 28 : 7,
    }),
    // The double edge is what a printer keeps of "guilty".
    ...(guilty
      ? [
          element('rect', {
            class: 'pp-line pp-guilty-edge',
            x: at.x - 6,
            y: at.y - 6,
            width: at.width + 12,
            height: at.height + 12,
            rx: 11,
          }),
        ]
      : []),
    ...lines.map((line) => drawLine(line, at)),
    ...station.steps.map((step, i) =>
      drawBadge(step, at.x + at.width - 16 - 23 * (station.steps.length - 1 - i), at.y),
    ),
    ...(guilty
      ? [
          element('circle', { class: 'pp-mark-disc', cx: at.x + at.width, cy: at.y + at.height, r: 13 }),
          sansText('pp-mark pp-on-disc', at.x + at.width, at.y + at.height + 6, '✗'),
        ]
      : ended
        ? [
            // The packet died here for what stands elsewhere.
            element('circle', { class: 'pp-mark-ring', cx: at.x + at.width, cy: at.y + at.height, r: 8 }),
            sansText('pp-mark-small', at.x + at.width, at.y + at.height + 4, '✗'),
          ]
        : []),
  )
}

function drawLine(line: StationLine, at: Rectangle): string {
  const name = `pp-${line.kind}`
  const x = at.x + 10
  return line.kind === 'code' || line.kind === 'nat' || line.kind === 'address' || line.kind === 'eni'
    ? monoText(name, x, at.y + line.y, line.text)
    : sansText(name, x, at.y + line.y, line.text)
}

/** The number of a step: a full disc where it holds, a square where it does not, a broken ring where nobody knows. */
export function drawBadge(step: Step, x: number, y: number): string {
  const { number, state } = step
  const text = sansText(`pp-badge${state === 'passed' ? ' pp-on-disc' : ''}`, x, y + 4, number)
  const shape =
    state === 'failed'
      ? element('rect', { class: 'pp-disc-failed', x: x - 10, y: y - 10, width: 20, height: 20, rx: 2 })
      : element('circle', { class: state === 'passed' ? 'pp-disc' : 'pp-disc-unknown', cx: x, cy: y, r: 10 })
  return shape + text
}

/** Names of interfaces on the edge of a box; two where the reply uses another than the request. */
function drawPorts(
  station: Station,
  port: string | null,
  replyPort: string | null,
  at: Rectangle,
  side: Side,
  between?: Rectangle,
): readonly string[] {
  if (!showsPorts(station)) return []
  const names = [port, replyPort].filter((name) => name !== null)
  const tag = (name: string, x: number, y: number, height: number): string => {
    const width = portWidth(name)
    return (
      element('rect', { class: 'pp-tag', x: x - width / 2, y: y - height / 2, width, height, rx: 4 }) +
      monoText('pp-port pp-mid', x, y + 4, name)
    )
  }
  if (side === 'top' || side === 'bottom') {
    const x = (between ?? at).x + (between ?? at).width / 2
    const y = side === 'top' ? at.y - 10 : at.y + at.height + 10
    return names.length === 2
      ? names.map((name, i) => tag(name, x + (i === 0 ? -1 : 1) * (portWidth(name) / 2 + 2), y, 18))
      : names.map((name) => tag(name, x, y, 18))
  }
  const edge = (name: string): number =>
    side === 'left' ? at.x - portWidth(name) / 2 : at.x + at.width + portWidth(name) / 2
  const y = at.y + legMiddle
  return names.length === 2
    ? names.map((name, i) => tag(name, edge(name), y + (i === 0 ? -12 : 12), 18))
    : names.map((name) => tag(name, edge(name), y, 34))
}
