import type { Catalogue } from '../../i18n/catalogue.ts'
import { stackName } from '../../model/stack/stack-id.ts'
import type { Station } from './figure.ts'
import { nodeName, placeKind, placeName } from '../place.ts'
import { columns, shorten, wrap } from '../terminal/text-width.ts'

/** One line in a box; `y` counts from the top of the box to the line's baseline. */
export interface StationLine {
  readonly text: string
  readonly kind: 'kind' | 'name' | 'address' | 'stage' | 'code' | 'nat' | 'bad' | 'eni'
  readonly y: number
}

/** Every common monospaced font is 0.6 em wide; `textLength` holds the others to it. */
export const monoSize = 11
export const monoWidth = (characters: number): number => characters * monoSize * 0.602
/** A column of the sans-serif font: a little more than its digits, half a Hangul syllable. */
export const sansWidth = (characters: number, size: number): number => characters * size * 0.55

const margin = 10
const bottom = 12
const lineHeight = 15
/** Long rules are cut: the report beside the figure has them whole. */
const mostLines = 7

/** What stands in a box, line by line. */
export function stationLines(station: Station, words: Catalogue, width: number): readonly StationLine[] {
  const room = Math.floor((width - margin * 2) / monoWidth(1))
  const lines: StationLine[] = []
  let y = 6
  const add = (kind: StationLine['kind'], text: string, height: number): void => {
    y += height
    lines.push({ text, kind, y })
  }
  const verbatim = (line: string): void => {
    const wrapped = wrap(line.trim().replace(/ +/g, ' '), room)
    wrapped.slice(0, mostLines).forEach((text, i) => {
      add(
        'code',
        i === mostLines - 1 && wrapped.length > mostLines ? `${text.slice(0, room - 1)}…` : text,
        lineHeight,
      )
    })
  }
  add('kind', kindOf(station, words), 14)
  const name = station.name ?? nodeName(placeName(station.stack))
  if (name !== '' && station.kind !== 'node')
    add('name', shorten(name, Math.floor((width - margin * 2) / sansWidth(1, 12))), 18)
  if (station.address !== null) add('address', station.address, 17)
  for (const { interface: port, eni } of station.enis) add('eni', `${port} = ${eni}`, 18)
  if (station.guilty) {
    const { ends, lines: guilty } = station.guilty
    const why =
      ends === 'request'
        ? words.report.requestEndedHere
        : ends === 'reply'
          ? words.report.replyEndedHere
          : ends === 'unknown'
            ? words.report.endUnknown
            : words.figure.wrongHere
    wrap(
      `${ends === 'unknown' ? '?' : '✗'} ${why}`,
      Math.floor((width - margin * 2) / sansWidth(1, 12)),
    ).forEach((text, i) => {
      add('bad', text, i === 0 ? 22 : 16)
    })
    guilty.forEach(verbatim)
  }
  let stage = ''
  for (const decision of station.lines) {
    if (decision.stage !== stage) add('stage', decision.stage, 18)
    stage = decision.stage
    verbatim(decision.line)
  }
  for (const { kind, from, to, by } of station.translations) {
    wrap(`${kind} ${from} → ${to}`, room).forEach((text, i) => {
      add('nat', text, i === 0 ? 22 : lineHeight)
    })
    if (by !== '') verbatim(by)
  }
  return lines
}

function kindOf(station: Station, words: Catalogue): string {
  if (station.kind === 'pod') return words.figure.podNamespace
  if (station.kind === 'node') return words.figure.hostNamespace
  return placeKind(station.stack, words.report) || stackName(station.stack)
}

export const heightOf = (lines: readonly StationLine[]): number =>
  Math.max(54, (lines.at(-1)?.y ?? 0) + bottom)

/** Pixels of a line, as it is meant to be; null where only the browser knows. */
export const meantWidth = (text: string): number => monoWidth(columns(text))

/** Between VPC elements the ports are ids of what stands beside them: the picture says it already. */
export const showsPorts = ({ kind }: Station): boolean =>
  kind === 'pod' || kind === 'node' || kind === 'bastion' || kind === 'other'

/** Pixels of the tag with the name of an interface. */
export const portWidth = (name: string): number => monoWidth(columns(name)) + 12
