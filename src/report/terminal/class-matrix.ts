import { catalogue } from '../../i18n/catalogues.ts'
import { todoOf } from '../../i18n/todo-of.ts'
import { cleanAll } from '../../edge/clean.ts'
import type { ClassMatrix } from '../../model/result/class-matrix.ts'
import { classLegend, percent, reachedOfClasses, type ClassLegend } from '../class-matrix-text.ts'
import { failingNodes, namespaceOf, totalsBy, workloadOf, type PairTotal } from '../matrix-totals.ts'
import { nodeName, place } from '../place.ts'
import { formatMilliseconds } from '../quantity.ts'
import { paintFor } from './colour.ts'
import { gapLines, hanging, pageText } from './page.ts'
import type { MatrixPage } from './matrix.ts'
import type { TerminalOptions } from './report.ts'
import { columns, padEnd, padStart, shorten } from './text-width.ts'

/** Lines of a table of what fails; more are counted. */
const mostLines = 20
/** Causes that are told in full, the one that breaks most first. */
const mostCauses = 8
/** Namespaces that have a column of their own. */
const mostColumns = 12

/** Who reaches whom among thousands, for a terminal. Ends with a newline. */
export function renderTerminalClassMatrix(result: ClassMatrix, options: TerminalOptions): string {
  const { report, matrix, causes } = catalogue(options.language)
  const page: MatrixPage = {
    width: Math.max(80, Math.min(240, Math.floor(options.width))),
    paint: paintFor(options.colour),
    words: report,
    matrix,
    causes,
  }
  const { cellOf, ...data } = result
  const run: ClassMatrix = { ...cleanAll(data), cellOf }
  const legend = classLegend(run, report, matrix)
  return pageText(
    [
      header(page, run),
      namespaces(page, totalsBy(run, namespaceOf)),
      workloads(page, run, legend),
      nodes(page, run),
      reasons(page, legend),
      gapLines(page, run.gaps),
      verdict(page, run),
    ],
    options.unicode,
  )
}

function header(page: MatrixPage, run: ClassMatrix): readonly string[] {
  const { paint, words, matrix } = page
  const { predicted, sampled, disagreed } = run.work
  return [
    `${paint.strong('podpath')}  ${words.source(run.source.kind, run.source.name)}  ${paint.strong(matrix.title)}`,
    ...hanging(
      page,
      0,
      '',
      [
        `${run.protocol}${run.port === null ? '' : ` ${run.port}`}`,
        matrix.size(run.from.length, run.to.length),
        matrix.predictedOnly,
        formatMilliseconds(run.durationMs),
      ].join(' · '),
      paint.quiet,
    ),
    ...hanging(page, 0, '', matrix.byClasses(run.classes.length, predicted, sampled), paint.quiet),
    ...(disagreed === 0 ? [] : hanging(page, 0, '', matrix.disagreed(disagreed), paint.uncertain)),
  ]
}

/** How many of the pairs between two namespaces reach each other. */
function namespaces(page: MatrixPage, totals: readonly PairTotal[]): readonly string[] {
  const { paint, matrix } = page
  const names = [...new Set(totals.flatMap(({ from, to }) => [from, to]))].toSorted()
  if (names.length > mostColumns) return []
  const cells = new Map(totals.map((one) => [`${one.from}\n${one.to}`, one]))
  const number = String(names.length).length
  const label = Math.min(30, Math.max(...names.map(columns)))
  const left = number + 2 + label + 2
  return [
    paint.strong(matrix.byNamespace),
    paint.quiet(' '.repeat(left) + names.map((_, at) => padStart(String(at + 1), 5)).join(' ')),
    ...names.map((from, at) => {
      const row = names.map((to) => {
        const total = cells.get(`${from}\n${to}`)
        const text = total === undefined ? '·' : total.reached === total.pairs ? '✓' : percent(total)
        const paintCell =
          total === undefined ? paint.quiet : total.reached === total.pairs ? paint.good : paint.bad
        return paintCell(padStart(text, 5))
      })
      return `${padStart(String(at + 1), number)}  ${padEnd(shorten(from, label), label)}  ${row.join(' ')}`
    }),
  ]
}

/** What fails between two workloads; the one with most pairs comes first. */
function workloads(page: MatrixPage, run: ClassMatrix, { labelOf }: ClassLegend): readonly string[] {
  const { paint, matrix } = page
  const failing = totalsBy(run, workloadOf)
    .filter(({ pairs, reached }) => reached < pairs)
    .toSorted((a, b) => b.pairs - b.reached - (a.pairs - a.reached))
  if (failing.length === 0) return []
  const shown = failing.slice(0, mostLines).map((one) => ({
    label: labelOf(one.cell),
    count: matrix.notReached(one.pairs - one.reached, one.pairs),
    one,
  }))
  const letters = Math.max(...shown.map(({ label }) => label.length))
  const counts = Math.max(...shown.map(({ count }) => columns(count)))
  const names = Math.max(10, Math.floor((page.width - 2 - letters - 2 - counts - 2 - 3) / 2))
  return [
    paint.strong(matrix.byWorkload),
    ...shown.map(
      ({ label, count, one }) =>
        `  ${paint.bad(padEnd(label, letters))}  ${padStart(count, counts)}  ${shorten(one.from, names)} → ${shorten(one.to, names)}`,
    ),
    ...(failing.length > mostLines ? [paint.quiet(`  ${matrix.moreLines(failing.length - mostLines)}`)] : []),
  ]
}

function nodes(page: MatrixPage, run: ClassMatrix): readonly string[] {
  const { paint, matrix } = page
  const failing = failingNodes(run)
  if (failing.length === 0) return []
  const shown = failing.slice(0, mostLines / 2).map(({ node, sent, received }) => ({
    name: nodeName(node),
    text: matrix.ofNode(matrix.notReached(...sent), matrix.notReached(...received)),
  }))
  const names = Math.max(...shown.map(({ name }) => columns(name)))
  return [
    paint.strong(matrix.byNode),
    ...shown.flatMap(({ name, text }) => hanging(page, 2, `${padEnd(name, names)}  `, text)),
    ...(failing.length > shown.length
      ? [paint.quiet(`  ${matrix.moreLines(failing.length - shown.length)}`)]
      : []),
  ]
}

function reasons(page: MatrixPage, { causes, places }: ClassLegend): readonly string[] {
  if (causes.length + places.length === 0) return []
  const { paint, matrix, words } = page
  const shownCauses = causes.toSorted((a, b) => b.pairs - a.pairs).slice(0, mostCauses)
  const shownPlaces = places.slice(0, mostCauses)
  const width = Math.max(...[...shownCauses, ...shownPlaces].map(({ label }) => label.length))
  const below = (text: string, colour: (text: string) => string): readonly string[] =>
    text === '' ? [] : hanging(page, 4 + width, '', text, colour)
  const head = (label: string): string => `${paint.strong(padEnd(label, width))}  `
  const left = causes.length + places.length - shownCauses.length - shownPlaces.length
  return [
    paint.strong(matrix.reasons),
    ...shownCauses.flatMap(({ label, cause, pairs }) => [
      ...hanging(page, 2, head(label), `${cause.message} (${matrix.pairs(pairs)})`),
      ...below(`${cause.code} · ${place(cause.at, words)}`, paint.quiet),
      ...below(cause.by ?? '', paint.changed),
      ...below((cause.breaks?.such ?? []).slice(0, 2).join(', '), paint.quiet),
      ...todoOf(page.causes, cause).flatMap(({ where, commands }) => [
        ...below(where, paint.quiet),
        // Whole: a command is pasted as it stands.
        ...commands.map((command) => `${' '.repeat(6 + width)}${command}`),
      ]),
    ]),
    ...shownPlaces.flatMap(({ label, sentence, reason, pairs }) => [
      ...hanging(page, 2, head(label), `${sentence} (${matrix.pairs(pairs)})`),
      ...below(reason.by, paint.changed),
      ...below(reason.effect, paint.quiet),
    ]),
    ...(left > 0 ? [paint.quiet(`  ${matrix.moreLines(left)}`)] : []),
  ]
}

function verdict(page: MatrixPage, run: ClassMatrix): readonly string[] {
  const { paint, words, matrix } = page
  const colour =
    run.verdict === 'delivered' ? paint.good : run.verdict === 'unknown' ? paint.uncertain : paint.bad
  return [`${colour(words.verdict[run.verdict])}  ${reachedOfClasses(run, matrix)}`]
}
