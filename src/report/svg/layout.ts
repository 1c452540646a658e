import type { Catalogue } from '../../i18n/catalogue.ts'
import type { FigureLeg, Station, Strip } from './figure.ts'
import { legColumns } from './leg-text.ts'
import { heightOf, monoWidth, portWidth, showsPorts, stationLines, type StationLine } from './station-text.ts'

/** All lengths are CSS pixels; y grows downwards. */
export interface Rectangle {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface PlacedStation {
  /** In the strip's stations. */
  readonly index: number
  readonly station: Station
  readonly at: Rectangle
  readonly lines: readonly StationLine[]
}

/** `across` between columns, `down` from a pod to its node, `up` from a node to its pod. */
export interface PlacedLeg {
  /** In the strip's legs. */
  readonly index: number
  readonly leg: FigureLeg
  readonly way: 'across' | 'down' | 'up'
  /** The free room between the two places, where its text stands. */
  readonly at: Rectangle
  /** How far the arrows reach beyond that room, through the frames of machines, to the boxes themselves. */
  readonly reach: { readonly left: number; readonly right: number }
  /** What the names of interfaces take of the arrows, measured from the boxes. */
  readonly ports: { readonly left: number; readonly right: number }
  readonly from: Station
  readonly to: Station
  readonly replyOnly: boolean
}

export interface PlacedStrip {
  readonly width: number
  readonly height: number
  readonly vpc: Rectangle | null
  readonly machines: readonly { readonly at: Rectangle; readonly station: Station }[]
  readonly stations: readonly PlacedStation[]
  readonly legs: readonly PlacedLeg[]
  /** Where places were left out, and how many. */
  readonly omitted: { readonly at: Rectangle; readonly count: number } | null
}

/** A node with the pods beside it on the way, or a place by itself. Numbers are indexes of stations. */
interface Column {
  readonly host: number
  readonly before: number | null
  readonly after: number | null
  readonly machine: boolean
}

/** Room around a machine's inner boxes and around the VPC's frame. */
const padding = 14
const machineHead = 32
/** Between a pod's box and its node's. */
const inside = 100
const singleWidth = 188
/** From the top of a row of boxes to the middle of the legs between them. */
export const legMiddle = 84
/** A loop is as long as the TTL; the first and the last places of a long way say enough. */
const mostColumns = 9
const keptAtEnd = 4

/** Places boxes from left to right, a node's pods above it, so that the packet runs along one line. */
export function layout(strip: Strip, words: Catalogue): PlacedStrip {
  const all = columnsOf(strip.stations)
  const long = all.length > mostColumns
  const columns = long ? [...all.slice(0, mostColumns - keptAtEnd), ...all.slice(-keptAtEnd)] : all
  const left = long ? all.slice(mostColumns - keptAtEnd, -keptAtEnd) : []
  const widest = Math.max(
    15,
    ...strip.legs.flatMap((leg) => [legColumns(leg.request, words), legColumns(leg.reply, words)]),
  )
  const half = monoWidth(widest) + 30
  const gap = monoWidth(widest) + 44
  /** Beside the text of a leg stand the names of interfaces. */
  const gapOf = ({ reach, ports }: Pick<PlacedLeg, 'reach' | 'ports'>): number =>
    Math.max(
      gap,
      monoWidth(widest) + 22 + Math.max(0, ports.left - reach.left) + Math.max(0, ports.right - reach.right),
    )
  const inner = Math.max(248, half * 2)
  const widthOf = (index: number): number => {
    const kind = strip.stations[index]?.kind
    return kind === 'node' || kind === 'pod' ? inner : kind === 'internet' ? 150 : singleWidth
  }
  const lines = strip.stations.map((station, i) => stationLines(station, words, widthOf(i)))
  const linesAt = (index: number): readonly StationLine[] => lines[index] ?? []
  const podHeight = Math.max(
    0,
    ...columns.flatMap(({ before, after }) =>
      [before, after].map((pod) => (pod === null ? 0 : heightOf(linesAt(pod)))),
    ),
  )
  const hasVpc = strip.stations.some(({ kind }) => kind === 'vpc')
  const hasMachine = columns.some(({ machine }) => machine)
  const top = (hasVpc ? padding + 12 : 0) + (hasMachine ? machineHead : 0)
  const row = top + (podHeight > 0 ? podHeight + inside : 0)
  const rowHeight = Math.max(legMiddle * 2, ...columns.map(({ host }) => heightOf(linesAt(host))))
  const frame = hasVpc ? padding : 0

  const stations: PlacedStation[] = []
  const legs: PlacedLeg[] = []
  const machines: { readonly at: Rectangle; readonly station: Station }[] = []
  const vpcSpan: Rectangle[] = []
  let omitted: PlacedStrip['omitted'] = null
  const place = (index: number, at: Rectangle): void => {
    const station = strip.stations[index]
    if (station) stations.push({ index, station, at, lines: linesAt(index) })
  }
  const join = (index: number, way: PlacedLeg['way'], at: Rectangle, ends = noEnds): void => {
    const leg = strip.legs[index]
    const from = strip.stations[index]
    const to = strip.stations[index + 1]
    if (leg && from && to)
      legs.push({ index, leg, way, at, ...ends, from, to, replyOnly: strip.kind === 'reply' })
  }

  let x = frame
  let end = 0
  columns.forEach((column, i) => {
    if (i > 0) {
      if (long && i === columns.length - keptAtEnd) {
        omitted = {
          at: { x: end, y: row, width: gap, height: legMiddle * 2 },
          count: left.reduce((sum, one) => sum + sizeOf(one), 0),
        }
      } else {
        const index = (column.before ?? column.host) - 1
        const ends = {
          reach: { left: columns[i - 1]?.machine ? padding : 0, right: column.machine ? padding : 0 },
          ports: portsOf(strip.stations[index], strip.stations[index + 1]),
        }
        const width = gapOf(ends)
        join(index, 'across', { x: end, y: row, width, height: legMiddle * 2 }, ends)
        end += width - gap
      }
      x = end + gap
    }
    const host = strip.stations[column.host]
    const pods = [column.before, column.after].filter((pod) => pod !== null)
    const content = widthOf(column.host) * Math.max(1, pods.length) + (pods.length > 1 ? padding : 0)
    const width = column.machine ? content + padding * 2 : content
    const hostX = column.machine ? x + padding : x
    if (column.machine && host)
      machines.push({
        at: { x, y: top - machineHead, width, height: row + rowHeight + padding - top + machineHead },
        station: host,
      })
    pods.forEach((pod, n) => {
      const at = { x: hostX + n * (inner + padding), y: top, width: inner, height: podHeight }
      place(pod, at)
      const between = { x: at.x, y: top + podHeight, width: inner, height: inside }
      if (pod === column.before) join(pod, 'down', between)
      else join(column.host, 'up', between)
    })
    place(column.host, { x: hostX, y: row, width: content, height: rowHeight })
    if (column.machine || (host && isInVpc(host))) vpcSpan.push({ x, y: 0, width, height: 0 })
    end = x + width
  })
  const bottom = row + rowHeight + (hasMachine ? padding : 0)
  const first = vpcSpan[0]
  const last = vpcSpan.at(-1)
  const vpc =
    hasVpc && first && last
      ? {
          x: first.x - frame,
          y: 0,
          width: last.x + last.width - first.x + frame * 2,
          height: bottom + padding,
        }
      : null
  const rights = [vpc, ...machines.map(({ at }) => at), ...stations.map(({ at }) => at)].flatMap((at) =>
    at ? [at.x + at.width] : [],
  )
  return {
    width: Math.max(0, ...rights),
    height: vpc ? vpc.height : bottom,
    vpc,
    machines,
    stations,
    legs,
    omitted,
  }
}

const noEnds = { reach: { left: 0, right: 0 }, ports: { left: 0, right: 0 } }

const portsOf = (from: Station | undefined, to: Station | undefined): PlacedLeg['ports'] => ({
  left: from ? portRoom(from, [from.box.out, from.box.replyIn]) : 0,
  right: to ? portRoom(to, [to.box.in, to.box.replyOut]) : 0,
})

/** An ENI is the account's, whoever's machine it leads to. */
const isInVpc = ({ kind }: Station): boolean => kind === 'vpc' || kind === 'nat' || kind === 'eni'

/** What the names of interfaces take of an arrow that ends at them. */
const portRoom = (station: Station, names: readonly (string | null)[]): number =>
  showsPorts(station) ? Math.max(0, ...names.map((name) => (name === null ? 0 : portWidth(name) + 3))) : 0

const sizeOf = (column: Column): number =>
  1 + (column.before === null ? 0 : 1) + (column.after === null ? 0 : 1)

/** A pod stands in the box of the node beside it on the way: nothing else can be next to a pod. */
function columnsOf(stations: readonly Station[]): readonly Column[] {
  const kind = (index: number): string | undefined => stations[index]?.kind
  const columns: Column[] = []
  for (let i = 0; i < stations.length; i++) {
    const before = kind(i) === 'pod' && kind(i + 1) === 'node' ? i : null
    const host = before === null ? i : i + 1
    const machine = kind(host) === 'node'
    const after = machine && kind(host + 1) === 'pod' ? host + 1 : null
    columns.push({ host, before, after, machine })
    i = after ?? host
  }
  return columns
}
