import { catalogue } from '../../i18n/catalogues.ts'
import type { CauseSentences } from '../../i18n/facts/cause-facts.ts'
import { todoOf } from '../../i18n/todo-of.ts'
import type { MatrixSentences } from '../../i18n/sentences/matrix-sentences.ts'
import type { MatrixCell, MatrixReason, MatrixResult } from '../../model/result/matrix.ts'
import type { Endpoint } from '../../model/result/result.ts'
import { cleanAll } from '../../edge/clean.ts'
import { paintFor } from './colour.ts'
import {
  endName,
  legendOf,
  reachedSentence,
  pairsOf,
  reasonSentence,
  stateOf,
  type CellState,
} from '../matrix-cell.ts'
import { gapLines, hanging, pageText, type Page } from './page.ts'
import { nodeName, place } from '../place.ts'
import { formatMilliseconds } from '../quantity.ts'
import type { TerminalOptions } from './report.ts'
import { columns, padEnd, padStart, shorten } from './text-width.ts'

export interface MatrixPage extends Page {
  readonly matrix: MatrixSentences
  readonly causes: CauseSentences
}

/** Who reaches whom, for a terminal: senders as rows, receivers as numbered columns. Ends with a newline. */
export function renderTerminalMatrix(result: MatrixResult, options: TerminalOptions): string {
  const { report, matrix, causes } = catalogue(options.language)
  const page: MatrixPage = {
    width: Math.max(80, Math.min(240, Math.floor(options.width))),
    paint: paintFor(options.colour),
    words: report,
    matrix,
    causes,
  }
  const run = cleanAll(result)
  const parts = [
    header(page, run),
    ...tables(page, run),
    legend(page, run),
    reasons(page, run),
    disagreements(page, run),
    gapLines(page, run.gaps),
    verdict(page, run),
  ]
  return pageText(parts, options.unicode)
}

function header(page: MatrixPage, run: MatrixResult): readonly string[] {
  const { paint, words, matrix } = page
  const probes = pairsOf(run).flatMap(({ cell }) => (cell.probe === null ? [] : [cell.probe]))
  const sent = probes.filter((probe) => probe.outcome !== 'not-sent').length
  const answered = probes.filter(
    (probe) => probe.outcome === 'answered' || probe.outcome === 'refused',
  ).length
  const facts = [
    `${run.protocol}${run.port === null ? '' : ` ${run.port}`}`,
    matrix.size(run.from.length, run.to.length),
    probes.length === 0 ? matrix.predictedOnly : matrix.probed(answered, sent),
    formatMilliseconds(run.durationMs),
  ]
  return [
    `${paint.strong('podpath')}  ${words.source(run.source.kind, run.source.name)}  ${paint.strong(matrix.title)}`,
    ...hanging(page, 0, '', facts.join(' · '), paint.quiet),
  ]
}

const signs: Readonly<Record<CellState, string>> = {
  self: '·',
  delivered: '✓',
  refused: '•',
  dropped: '✗',
  unknown: '?',
  sometimes: '~',
  disagrees: '!',
}

/** As many columns at a time as the terminal is wide. */
function tables(page: MatrixPage, run: MatrixResult): readonly (readonly string[])[] {
  const { paint, matrix } = page
  const ends = new Set(run.from.map((end) => `${end.kind} ${end.name}`))
  const more = run.to.filter((end) => !ends.has(`${end.kind} ${end.name}`))
  const number = String(run.to.length).length
  const addresses = Math.max(0, ...[...run.from, ...more].map((end) => columns(end.address)))
  const nodes = Math.max(0, ...run.from.map((end) => columns(nodeOf(end))))
  const { labelOf } = legendOf(run)
  const cell = Math.max(number, 1 + Math.max(0, ...run.cells.flat().map((one) => labelOf(one).length)))
  // The cells are what one looks at: they get half of the line if they need it, the names what is left.
  const wanted = Math.min(Math.floor(page.width / 2), run.to.length * (cell + 1))
  const names = Math.min(
    Math.max(columns(matrix.sender), ...[...run.from, ...more].map((end) => columns(endName(end)))),
    Math.max(16, page.width - wanted - number - addresses - nodes - 8),
  )
  const label = (end: Endpoint | null, at: string): string =>
    `${padStart(at, number)}  ${padEnd(end ? shorten(endName(end), names) : '', names)}  ${padEnd(end?.address ?? '', addresses)}  ${padEnd(end ? nodeOf(end) : '', nodes)}`
  const left = columns(label(null, '')) + 2
  const room = Math.max(1, Math.floor((page.width - left) / (cell + 1)))
  const columnOf = (end: Endpoint): number =>
    run.to.findIndex((other) => other.kind === end.kind && other.name === end.name) + 1
  const blocks = Array.from({ length: Math.ceil(run.to.length / room) }, (_, i) => i * room)
  const grids = blocks.map((first) => {
    const until = Math.min(run.to.length, first + room)
    const heads = Array.from({ length: until - first }, (_, i) => padEnd(String(first + i + 1), cell))
    return [
      paint.quiet(`${padEnd(`${' '.repeat(number)}  ${matrix.sender}`, left)}${heads.join(' ')}`),
      ...run.cells.map((row, i) => {
        const end = run.from[i] ?? null
        const at = end ? columnOf(end) : 0
        const cells = row
          .slice(first, until)
          .map((one) => drawCell(page, run.reasons, one, labelOf(one), cell))
        return `${label(end, at > 0 ? String(at) : '')}  ${cells.join(' ')}`
      }),
    ]
  })
  const receivers =
    more.length === 0
      ? []
      : [
          paint.quiet(`${' '.repeat(number)}  ${matrix.receiver}`),
          ...more.map((end) => label(end, String(columnOf(end)))),
        ]
  return [...grids, receivers]
}

const nodeOf = (end: Endpoint): string =>
  end.kind === 'node' || end.node === undefined ? '' : nodeName(end.node)

function drawCell(
  page: MatrixPage,
  reasons: readonly MatrixReason[],
  cell: MatrixCell | null,
  label: string,
  width: number,
): string {
  const state = stateOf(cell, reasons)
  return paintOf(page, state)(padEnd(signs[state] + label, width))
}

const paintOf = ({ paint }: Page, state: CellState): ((text: string) => string) =>
  state === 'delivered'
    ? paint.good
    : state === 'self'
      ? paint.quiet
      : state === 'unknown' || state === 'sometimes' || state === 'refused'
        ? paint.uncertain
        : paint.bad

/** The marks that stand in this matrix, and no others. */
function legend(page: MatrixPage, run: MatrixResult): readonly string[] {
  const seen = new Set(run.cells.flat().map((cell) => stateOf(cell, run.reasons)))
  const states = (['delivered', 'refused', 'sometimes', 'dropped', 'unknown', 'disagrees'] as const).filter(
    (state) => seen.has(state),
  )
  return states.map(
    (state) => `${paintOf(page, state)(signs[state])}  ${page.paint.quiet(page.matrix.legend[state])}`,
  )
}

/** Each cause once, with what to do; and the places of pairs that no cause is known of. */
function reasons(page: MatrixPage, run: MatrixResult): readonly string[] {
  const { causes, places } = legendOf(run)
  if (causes.length + places.length === 0) return []
  const { paint, matrix, words } = page
  const width = Math.max(...[...causes, ...places].map(({ label }) => label.length))
  const head = (label: string): string => `${paint.strong(padEnd(label, width))}  `
  const below = (text: string, colour: (text: string) => string): readonly string[] =>
    text === '' ? [] : hanging(page, 4 + width, '', text, colour)
  return [
    paint.strong(matrix.reasons),
    ...causes.flatMap(({ label, cause, pairs }) => [
      ...hanging(page, 2, head(label), `${cause.message} (${matrix.pairs(pairs)})`),
      ...below(`${cause.code} · ${place(cause.at, words)}`, paint.quiet),
      ...below(cause.by ?? '', paint.changed),
      ...todoOf(page.causes, cause).flatMap(({ where, commands }) => [
        ...below(where, paint.quiet),
        // Whole: a command is pasted as it stands.
        ...commands.map((command) => `${' '.repeat(6 + width)}${command}`),
      ]),
    ]),
    ...places.flatMap(({ label, reason, pairs }) => [
      ...hanging(page, 2, head(label), `${reasonSentence(reason, words, matrix)} (${matrix.pairs(pairs)})`),
      ...below(reason.by, paint.changed),
      ...below(reason.effect, paint.quiet),
    ]),
  ]
}

/** Most that are listed; the cells show all. */
const mostListed = 20

function disagreements(page: MatrixPage, run: MatrixResult): readonly string[] {
  const { paint, matrix } = page
  const found = pairsOf(run).filter(({ cell }) => cell.agrees === false)
  if (found.length === 0) return []
  return [
    paint.strong(matrix.disagreements),
    ...found
      .slice(0, mostListed)
      .flatMap(({ from, to, cell }) =>
        hanging(
          page,
          2,
          '',
          `${endName(from)} → ${endName(to)}: ${cell.predicted === 'delivered' ? matrix.predictedButLost : matrix.predictedLostButAnswered}${cell.probe?.error === undefined ? '' : ` (${cell.probe.error})`}`,
        ),
      ),
    ...(found.length > mostListed ? [`  … ${matrix.pairs(found.length - mostListed)}`] : []),
  ]
}

function verdict(page: MatrixPage, run: MatrixResult): readonly string[] {
  const { paint, words, matrix } = page
  const colour =
    run.verdict === 'delivered' ? paint.good : run.verdict === 'unknown' ? paint.uncertain : paint.bad
  return [`${colour(words.verdict[run.verdict])}  ${reachedSentence(run, matrix)}`]
}
