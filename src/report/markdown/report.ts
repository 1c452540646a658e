import { catalogue } from '../../i18n/catalogues.ts'
import { effectSentence } from '../../i18n/effects.ts'
import type { Language } from '../../i18n/language.ts'
import type { ReportSentences } from '../../i18n/sentences/report-sentences.ts'
import type { Evidence } from '../../model/result/finding.ts'
import type { Check, Experiment, RunResult, SaidWhyNot, TraceResult } from '../../model/result/result.ts'
import { cleanAll } from '../../edge/clean.ts'
import { code, escape, table } from './text.ts'
import { drawingOf, type Drawing, type LegPacket } from '../drawing.ts'
import { explanationOf } from '../terminal/explanation.ts'
import { nodeName, place, podName } from '../place.ts'
import { formatMilliseconds, formatNanoseconds } from '../quantity.ts'
import {
  countChecks,
  flowIsGood,
  looseTraces,
  numberOf,
  podsOf,
  tracesOf,
  verdictMeaning,
} from '../summary.ts'

/** The report as GitHub-flavoured Markdown. What comes from outside can make neither HTML nor a link nor a cell. */
export function renderMarkdown(result: RunResult, language: Language): string {
  const words = catalogue(language).report
  const run = cleanAll(result)
  const checks = countChecks(run.experiments.flatMap((experiment) => experiment.checks))
  const parts = [
    `# podpath: ${escape(words.source(run.source.kind, run.source.name))}`,
    `**${words.verdict[run.verdict]}** – ${escape(verdictMeaning(run, words))}${
      checks.all === 0 ? '' : `. ${words.statements}: ${words.statementsPassed(checks.passed, checks.all)}`
    }`,
    `${escape(run.startedAt)} · ${words.duration} ${formatMilliseconds(run.durationMs)}`,
    pods(run, words),
    ...run.experiments.flatMap((experiment) => section(run, experiment, words)),
    ...looseTraces(run).flatMap((trace) => [
      `## ${flowName(trace)}`,
      ...flow(trace, words),
      ...decisions(trace, language, words),
    ]),
    ...findings(run, words),
    ...(run.gaps.length === 0
      ? []
      : [
          `## ${words.gaps}`,
          run.gaps.map((gap) => `- ${code(gap.at)}: ${escape(words.gap(gap.what, gap.because))}`).join('\n'),
        ]),
    ...(run.captureFile === undefined ? [] : [`${words.captureFile}: ${code(run.captureFile)}`]),
    ...(run.bundle === undefined ? [] : [`${words.bundle}: ${code(run.bundle)}`]),
  ]
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`
}

function pods(run: RunResult, words: ReportSentences): string {
  const rows = podsOf(run).map((pod) => [
    code(podName(pod.name)),
    code(pod.address),
    code(nodeName(pod.node ?? '')),
  ])
  return rows.length === 0 ? '' : table([words.pod, words.address, words.node], rows)
}

function section(run: RunResult, experiment: Experiment, words: ReportSentences): readonly string[] {
  const { told, others } = tracesOf(experiment, run)
  return [
    `## ${escape(experiment.title)}`,
    ...(told ? [`${sign(flowIsGood(told))} ${flowName(told)}`, ...flow(told, words)] : []),
    others
      .map((trace) => `- ${sign(flowIsGood(trace))} ${flowName(trace)}: ${facts(trace, words)}`)
      .join('\n'),
    ...(experiment.checks.length === 0
      ? []
      : [`### ${words.statements}`, experiment.checks.map((check) => statement(check, words)).join('\n')]),
  ]
}

const flowName = (trace: TraceResult): string =>
  `${code(trace.from.address || trace.from.name)} → ${code(trace.to.name === '' ? trace.to.address : trace.to.kind === 'host' ? trace.to.name : trace.to.address)}`

function facts(trace: TraceResult, words: ReportSentences): string {
  const { probe } = trace
  return [
    probe === null ? words.notSent : words.answered(probe.received, probe.sent),
    ...(probe && probe.rttMs.length > 0 ? [`rtt ${probe.rttMs.map(formatMilliseconds).join(', ')}`] : []),
    ...(probe?.replyTtl && probe.replyTtl.length > 0
      ? [`ttl ${[...new Set(probe.replyTtl)].join(', ')}`]
      : []),
    ...(trace.agrees === null ? [] : [trace.agrees ? words.asPredicted : words.notAsPredicted]),
    ...(probe?.error === undefined ? [] : [code(probe.error)]),
  ].join(' · ')
}

function flow(trace: TraceResult, words: ReportSentences): readonly string[] {
  const drawing = drawingOf(trace)
  return [
    facts(trace, words),
    drawing ? pathTable(drawing, words) : '',
    ...(drawing?.replyApart ? [words.replyTakesAnotherPath, pathTable(drawing.replyApart, words)] : []),
    trace.translations
      .map(({ at, kind, from, to, by }) => `- ${kind} ${code(at)}: ${code(from)} → ${code(to)} – ${code(by)}`)
      .join('\n'),
  ]
}

/** What was decided at every hop of a prediction, with its line; of what was seen the drawing tells. */
function decisions(trace: TraceResult, language: Language, words: ReportSentences): readonly string[] {
  const { predicted, observed, whyNot } = trace
  if (predicted === null || observed !== null) return []
  const tell = (direction: 'forward' | 'reply'): readonly string[] =>
    explanationOf(predicted, direction, whyNot).flatMap(({ hop, told, undecided }) =>
      told.length + undecided.length === 0
        ? []
        : [
            `**${escape(place(hop.stack, words))}**`,
            [
              ...told.flatMap(({ decision, by, nearMisses }) => [
                `- ${decision.stage}: ${escape(effectSentence(language, decision.effect))}${by.length === 0 ? '' : ` (${words.byWayOf} ${escape(by.join(' → '))})`} – ${code(decision.by)}`,
                ...nearMisses.map(missLine),
              ]),
              ...undecided.flatMap(({ stage, instead }) => [
                `- ${stage}: ${words.noLineDecided}`,
                ...instead.map(missLine),
              ]),
            ].join('\n'),
          ],
    )
  const missLine = (miss: SaidWhyNot['instead'][number]): string =>
    `  - ${words.notThis} ${code(miss.by)}: ${escape(miss.because)}`
  const reply = tell('reply')
  return [
    ...(tell('forward').length === 0 ? [] : [`### ${words.request}`, ...tell('forward')]),
    ...(reply.length === 0 ? [] : [`### ${words.reply}`, ...reply]),
  ]
}

function pathTable(drawing: Drawing, words: ReportSentences): string {
  const rows = drawing.boxes.map((box, i) => {
    const leg = drawing.legs[i]
    return [
      code(place(box.stack, words)),
      `${box.in === null ? '' : code(box.in)} → ${box.out === null ? '' : code(box.out)}`,
      packet(leg?.request ?? null),
      packet(leg?.reply ?? null),
    ]
  })
  return table([words.hop, 'in → out', `↓ ${words.request}`, `↑ ${words.reply}`], rows)
}

const packet = (leg: LegPacket | null): string =>
  leg === null
    ? ''
    : `${code(`${leg.packet.src} → ${leg.packet.dst}`)}${leg.packet.ttl === undefined ? '' : ` ttl ${leg.packet.ttl}`}${leg.elapsed === null ? '' : ` +${formatNanoseconds(leg.elapsed)}`}`

function statement(check: Check, words: ReportSentences): string {
  const good = check.state === 'passed' ? true : check.state === 'failed' ? false : null
  const at = check.at === null ? '' : `${code(check.at)}: `
  const reason =
    check.reason === '' ? [] : [`  - **${words.state[check.state]}** – ${at}${escape(check.reason)}`]
  return [
    `- ${sign(good)} **${escape(numberOf(check))}** ${escape(check.statement)}`,
    ...reason,
    ...check.evidence.map((piece) => `  - ${evidence(piece, words)}`),
  ].join('\n')
}

function evidence(piece: Evidence, words: ReportSentences): string {
  switch (piece.kind) {
    case 'line':
      return `${code(piece.at)} ${escape(piece.source)}: ${code(piece.line.trim())}`
    case 'sighting':
      return `${code(piece.at)} ${code(piece.interface)} ${words.direction[piece.direction]}: ${code(piece.packet)}`
    case 'missing':
      return `${code(piece.at)} ${code(piece.interface ?? '')} ${words.missing}: ${code(piece.packet)}`
    case 'counter':
      return `${code(piece.at)} ${code(piece.line)}: ${words.counter(piece.before, piece.after)}`
    case 'note':
      return code(piece.text)
  }
}

function findings(run: RunResult, words: ReportSentences): readonly string[] {
  if (run.findings.length === 0) return []
  return [
    `## ${words.findings}`,
    ...run.findings.flatMap((finding) => [
      `### ${escape(finding.message)}`,
      `${words.severity[finding.severity]}, ${code(finding.code)}`,
      [
        `- ${words.where}: ${code(finding.at)}`,
        ...(finding.by === null ? [] : [`- ${words.line}: ${code(finding.by)}`]),
        `- ${words.remedy}: ${escape(finding.remedy)}`,
        ...finding.evidence.map((piece) => `- ${words.evidence}: ${evidence(piece, words)}`),
      ].join('\n'),
    ]),
  ]
}

const sign = (good: boolean | null): string => (good === null ? '❔' : good ? '✅' : '❌')
