import { catalogue } from '../../i18n/catalogues.ts'
import type { Language } from '../../i18n/language.ts'
import type { Path } from '../../model/path/path.ts'
import type { Experiment, RunResult, TraceResult } from '../../model/result/result.ts'
import { cleanAll } from '../../edge/clean.ts'
import { paintFor, type ColourLevel } from './colour.ts'
import { drawingOf } from '../drawing.ts'
import { hanging, mark, pageText, type Page } from './page.ts'
import { nodeName, place, podName } from '../place.ts'
import { formatMilliseconds } from '../quantity.ts'
import {
  countChecks,
  countNodes,
  flowIsGood,
  looseTraces,
  podsOf,
  tracesOf,
  verdictMeaning,
} from '../summary.ts'
import { drawPath } from './path.ts'
import { drawDecisions } from './decisions.ts'
import { drawEvidence, drawStatements } from './statements.ts'
import { columns, padEnd, padStart } from './text-width.ts'

export interface TerminalOptions {
  readonly language: Language
  /** Columns of the terminal; kept within 80 and 160. */
  readonly width: number
  readonly colour: ColourLevel
  /** False: symbols in ASCII. */
  readonly unicode: boolean
}

/** The report that a person reads in a terminal. Ends with a newline. */
export function renderTerminal(result: RunResult, options: TerminalOptions): string {
  const page: Page = {
    width: Math.max(80, Math.min(160, Math.floor(options.width))),
    paint: paintFor(options.colour),
    words: catalogue(options.language).report,
  }
  const clean = cleanAll(result)
  const parts = [
    header(page, clean),
    ...clean.experiments.map((experiment) => section(page, clean, experiment)),
    ...looseTraces(clean).map((trace) => [
      ...ruler(page, flowTitle(page, trace), ''),
      '',
      ...told(page, trace),
      ...pathsByChance(page, trace),
      ...(trace.observed === null && trace.predicted
        ? ['', ...drawDecisions(page, options.language, trace)]
        : []),
    ]),
    findings(page, clean),
    gaps(page, clean),
    verdict(page, clean),
  ]
  return pageText(parts, options.unicode)
}

function header(page: Page, result: RunResult): readonly string[] {
  const { paint, words } = page
  const pods = podsOf(result)
  const title = `${paint.strong('podpath')}  ${words.source(result.source.kind, result.source.name)}`
  const nodes = countNodes(result)
  const facts = [
    ...(nodes > 0 ? [words.nodes(nodes)] : []),
    ...(pods.length > 0 ? [words.pods(pods.length)] : []),
    words.flows(result.traces.length),
    formatMilliseconds(result.durationMs),
  ].join(' · ')
  const lines = [bothEnds(page, title, paint.quiet(facts))]
  if (pods.length === 0) return lines
  const name = Math.max(columns(words.pod), ...pods.map((pod) => columns(podName(pod.name))))
  const address = Math.max(columns(words.address), ...pods.map((pod) => columns(pod.address)))
  const row = (a: string, b: string, c: string): string => `  ${padEnd(a, name)}  ${padEnd(b, address)}  ${c}`
  return [
    ...lines,
    '',
    paint.quiet(row(words.pod, words.address, words.node)),
    ...pods.map((pod) => row(podName(pod.name), pod.address, nodeName(pod.node ?? ''))),
  ]
}

/** One text at the left margin, one at the right; under each other where there is no room. */
function bothEnds(page: Page, left: string, right: string): string {
  const gap = page.width - columns(left) - columns(right)
  return gap < 2 ? `${left}\n  ${right}` : left + padStart(right, page.width - columns(left))
}

function ruler(page: Page, title: string, right: string): readonly string[] {
  const { strong, quiet } = page.paint
  const used = columns(title) + columns(right) + 4 + (right === '' ? 0 : 2)
  const line = '━'.repeat(Math.max(2, page.width - used))
  return [`${quiet('━━')} ${strong(title)} ${quiet(line)}${right === '' ? '' : ` ${right}`}`]
}

function section(page: Page, result: RunResult, experiment: Experiment): readonly string[] {
  const { told: first, others } = tracesOf(experiment, result)
  const count = countChecks(experiment.checks)
  const score =
    count.all === 0
      ? ''
      : (count.failed > 0 ? page.paint.bad : count.unknown > 0 ? page.paint.uncertain : page.paint.good)(
          page.words.statementsPassed(count.passed, count.all),
        )
  // A flow that went wrong is drawn as well: that is the one a person wants to see.
  const bad = others.filter((trace) => flowIsGood(trace) !== true)
  const good = others.filter((trace) => flowIsGood(trace) === true)
  return [
    ...ruler(page, experiment.title, score),
    '',
    ...(first ? told(page, first) : []),
    ...good.flatMap((trace) => flowLine(page, trace)),
    ...bad.flatMap((trace) => ['', ...told(page, trace)]),
    ...(experiment.checks.length > 0 && experiment.traces.length > 0 ? [''] : []),
    ...drawStatements(page, experiment.checks),
  ]
}

/** The flow's line and its drawing. */
function told(page: Page, trace: TraceResult): readonly string[] {
  const drawing = drawingOf(trace)
  const lines = [...flowLine(page, trace)]
  const chain = (path: Path, title: string): readonly string[] =>
    hanging(page, 2, `${title}  `, chainOf(page, path), page.paint.uncertain)
  if (drawing && drawing.boxes.length > 0) {
    const far = trace.to.kind === 'host' ? trace.to.name : ''
    lines.push(
      ...drawPath(page, drawing, { far, nearAddress: trace.from.address, farAddress: trace.to.address }),
    )
    if (drawing.replyApart)
      lines.push(
        ...hanging(page, 2, '', page.words.replyTakesAnotherPath, page.paint.uncertain),
        ...drawPath(page, drawing.replyApart, {
          far: '',
          nearAddress: trace.to.address,
          farAddress: trace.from.address,
        }),
      )
  }
  if (trace.agrees === false && trace.predicted && trace.observed)
    lines.push(...chain(trace.predicted, page.words.predicted), ...chain(trace.observed, page.words.observed))
  return lines
}

/** Every path that chance may choose, with its probability: the one drawn first. */
function pathsByChance(page: Page, trace: TraceResult): readonly string[] {
  const { alternatives, alternativesLeftOut: left, predicted, observed } = trace
  if (!alternatives || alternatives.length === 0 || !predicted || observed) return []
  const rest = alternatives.reduce((sum, one) => sum + one.probability, left?.probability ?? 0)
  const paths = [{ probability: Math.max(0, 1 - rest), predicted }, ...alternatives]
  const all = paths.length + (left?.ways ?? 0)
  const shown = paths.slice(0, mostPaths)
  const percent = ({ probability }: { readonly probability: number }): string =>
    `${padStart(String(Math.round(probability * 1000) / 10), 5)} %  `
  return [
    '',
    `  ${page.words.pathsByChance(all)}`,
    ...shown.flatMap((one) => hanging(page, 2, percent(one), chainOf(page, one.predicted), page.paint.quiet)),
    ...(all > shown.length ? [`         … ${all - shown.length}`] : []),
  ]
}

/** A service may have thousands of endpoints. */
const mostPaths = 12

const chainOf = (page: Page, path: Path): string =>
  [...path.forward.map((hop) => place(hop.stack, page.words)), page.words.pathVerdict[path.verdict]].join(
    ' → ',
  )

const flowTitle = (page: Page, trace: TraceResult): string =>
  `${endName(page, trace, 'from')} → ${endName(page, trace, 'to')}`

function endName(page: Page, trace: TraceResult, side: 'from' | 'to'): string {
  const end = trace[side]
  if (end.kind === 'pod') return podName(end.name)
  return end.kind === 'node' ? place(`node/${end.name}`, page.words) : end.name
}

/** `✓ ping 192.168.1.239 → 192.168.3.143   2 of 2 answered   rtt 0.41 ms, 0.30 ms   ttl 62   as predicted` */
function flowLine(page: Page, trace: TraceResult): readonly string[] {
  const { paint, words } = page
  const { probe } = trace
  const target =
    trace.to.kind === 'host' && trace.to.address !== '' && trace.to.address !== trace.to.name
      ? `${trace.to.name} (${trace.to.address})`
      : trace.to.address || trace.to.name
  const ends = `${trace.from.address || trace.from.name} → ${target}`
  const ttls = [...new Set(probe?.replyTtl ?? [])]
  const facts = [
    probe === null ? words.notSent : words.answered(probe.received, probe.sent),
    ...(probe && probe.rttMs.length > 0 ? [`rtt ${probe.rttMs.map(formatMilliseconds).join(', ')}`] : []),
    ...(ttls.length > 0 ? [`ttl ${ttls.join(', ')}`] : []),
    ...(probe?.answer === undefined ? [] : [`"${probe.answer.trim().slice(0, 60)}"`]),
    ...(trace.agrees === null ? [] : [trace.agrees ? words.asPredicted : words.notAsPredicted]),
  ].join(' · ')
  const head = `${mark(page, flowIsGood(trace))} ${probe ? words.probe[probe.protocol] : words.predicted} `
  const one = `  ${head}${paint.strong(ends)}   ${paint.quiet(facts)}`
  const lines =
    columns(one) <= page.width
      ? [one]
      : [`  ${head}${paint.strong(ends)}`, ...hanging(page, 4, '', facts, paint.quiet)]
  return probe?.error === undefined ? lines : [...lines, ...hanging(page, 4, '', probe.error, paint.bad)]
}

function findings(page: Page, result: RunResult): readonly string[] {
  if (result.findings.length === 0) return []
  const { paint, words } = page
  const labels = Math.max(...[words.where, words.line, words.remedy, words.code, words.evidence].map(columns))
  const field = (label: string, text: string, colour?: (text: string) => string): readonly string[] =>
    hanging(page, 4, paint.quiet(`${padEnd(label, labels)}  `), text, colour)
  const body = result.findings.flatMap((finding) => {
    const colour = { error: paint.bad, warning: paint.uncertain, info: paint.quiet }[finding.severity]
    const symbol = { error: '✗', warning: '?', info: '•' }[finding.severity]
    return [
      '',
      ...hanging(page, 2, `${colour(symbol)} `, finding.message, paint.strong),
      ...field(words.where, place(finding.at, words)),
      ...(finding.by === null ? [] : field(words.line, finding.by)),
      ...toDo(finding, field, words.remedy),
      ...field(words.code, finding.code, paint.quiet),
      ...(finding.evidence.length === 0 ? [] : drawEvidence(page, finding.evidence, 4)),
    ]
  })
  return [...ruler(page, words.findings, String(result.findings.length)), ...body]
}

/** A sentence is broken where the page ends; a command never is: it is pasted as it stands. */
const toDo = (
  { remedy, todo }: RunResult['findings'][number],
  field: (label: string, text: string) => readonly string[],
  label: string,
): readonly string[] =>
  todo === undefined
    ? field(label, remedy)
    : todo.flatMap(({ where, commands }, index) => [
        ...field(index === 0 ? label : '', where),
        ...commands.map((command) => `      ${command}`),
      ])

function gaps(page: Page, result: RunResult): readonly string[] {
  if (result.gaps.length === 0) return []
  const { paint, words } = page
  return [
    ...ruler(page, words.gaps, ''),
    ...result.gaps.flatMap((gap) =>
      hanging(
        page,
        2,
        `${paint.uncertain('?')} `,
        `${place(gap.at, words)} · ${words.gap(gap.what, gap.because)}`,
      ),
    ),
  ]
}

function verdict(page: Page, result: RunResult): readonly string[] {
  const { paint, words } = page
  const good = result.verdict === 'delivered' ? true : result.verdict === 'unknown' ? null : false
  const colour = good === null ? paint.uncertain : good ? paint.good : paint.bad
  const count = countChecks(result.experiments.flatMap((experiment) => experiment.checks))
  const facts = [
    verdictMeaning(result, words),
    ...(count.all > 0 ? [`${words.statements}: ${words.statementsPassed(count.passed, count.all)}`] : []),
    ...(count.failed > 0 ? [words.statementsFailed(count.failed)] : []),
    ...(count.unknown > 0 ? [words.statementsUndecided(count.unknown)] : []),
  ].join(' · ')
  const files = [
    [words.captureFile, result.captureFile],
    [words.bundle, result.bundle],
  ].filter((file): file is [string, string] => file[1] !== undefined)
  const labelWidth = Math.max(0, ...files.map(([label]) => columns(label)))
  const head = `${mark(page, good)} ${paint.strong(colour(words.verdict[result.verdict]))}  `
  return [
    paint.quiet('━'.repeat(page.width)),
    ...hanging(page, 2, head, facts),
    // Whole, however long: a path that is broken into lines can be copied nowhere.
    ...files.map(([label, path]) => paint.quiet(`    ${padEnd(label, labelWidth)}  ${path}`)),
  ]
}
