import type { Catalogue } from '../../i18n/catalogue.ts'
import { catalogue } from '../../i18n/catalogues.ts'
import { effectSentence } from '../../i18n/effects.ts'
import type { Language } from '../../i18n/language.ts'
import type { Path } from '../../model/path/path.ts'
import type { RunResult, SaidWhyNot, TraceResult } from '../../model/result/result.ts'
import { cleanAll } from '../../edge/clean.ts'
import { capturesTable } from './captures.ts'
import { code, findingList, paragraph, statementList } from './evidence.ts'
import { pageStyle } from './style.ts'
import { place } from '../place.ts'
import { formatMilliseconds } from '../quantity.ts'
import { countChecks, verdictMeaning } from '../summary.ts'
import { drawFigure, flowName, svgOf } from '../svg/svg.ts'
import { figuresOf, type Figure } from '../svg/figure.ts'
import { element, escapeMarkup } from '../svg/markup.ts'
import { figureStyle } from '../svg/style.ts'

/** Nothing may load, run, be sent or be framed: the page is what it says and no more (CSP Level 3). */
const policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

/** The whole report as one HTML file that needs nothing from anywhere: what one attaches to a ticket. */
export function renderHtml(result: RunResult, language: Language): string {
  const run = cleanAll(result)
  const words = catalogue(language)
  const { report, figure } = words
  const title = `podpath: ${report.source(run.source.kind, run.source.name)}`
  const shown = figuresOf(run)
  const shownChecks = shown.flatMap((one) => one.experiment?.id ?? [])
  const rest = run.experiments.filter(({ id, checks }) => checks.length > 0 && !shownChecks.includes(id))
  const body = [
    header(run, title, words),
    section(report.findings, findingList(run.findings, words)),
    ...shown.map((one) => flowSection(one, words)),
    ...rest.map((experiment) =>
      section(report.experiments[experiment.id], statementList(experiment.checks, words)),
    ),
    section(figure.probes, probeTable(run.traces, words)),
    ...(run.gaps.length === 0 ? [] : [section(report.gaps, gapList(run, words))]),
    element(
      'footer',
      {},
      run.captureFile === undefined
        ? ''
        : element('p', {}, escapeMarkup(`${report.captureFile}: `), code(run.captureFile)),
      paragraph(null, figure.madeBy),
    ),
  ].join('\n')
  return [
    '<!doctype html>',
    `<html lang="${language}">`,
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="referrer" content="no-referrer">',
    element('title', {}, escapeMarkup(title)),
    element('style', {}, pageStyle, figureStyle('auto')),
    '</head>',
    '<body>',
    element('main', {}, `\n${body}\n`),
    '</body>',
    '</html>',
    '',
  ].join('\n')
}

const section = (title: string, ...content: readonly string[]): string =>
  element('section', {}, element('h2', {}, escapeMarkup(title)), ...content)

function header(run: RunResult, title: string, { report, figure }: Catalogue): string {
  const look = run.verdict === 'delivered' ? 'good' : run.verdict === 'unknown' ? 'doubt' : 'bad'
  const checks = countChecks(run.experiments.flatMap((experiment) => experiment.checks))
  const counts =
    checks.all === 0
      ? []
      : [
          `${report.statements}: ${report.statementsPassed(checks.passed, checks.all)}`,
          ...(checks.failed === 0 ? [] : [report.statementsFailed(checks.failed)]),
          ...(checks.unknown === 0 ? [] : [report.statementsUndecided(checks.unknown)]),
        ]
  return element(
    'header',
    {},
    element('h1', {}, escapeMarkup(title)),
    element(
      'p',
      {},
      element('strong', { class: `verdict ${look}` }, escapeMarkup(report.verdict[run.verdict])),
      ' ',
      escapeMarkup(verdictMeaning(run, report)),
    ),
    ...(counts.length === 0 ? [] : [paragraph(null, counts.join(' · '))]),
    paragraph(
      'quiet',
      `${figure.started} ${run.startedAt} · ${report.duration} ${formatMilliseconds(run.durationMs)}`,
    ),
  )
}

function flowSection(shown: Figure, words: Catalogue): string {
  const { experiment, trace } = shown
  const drawn = drawFigure(shown, words, 'page')
  return section(
    experiment ? words.report.experiments[experiment.id] : flowName(trace),
    element(
      'div',
      { class: 'figure', tabindex: '0', role: 'region', 'aria-label': words.figure.figureScrolls },
      svgOf([drawn], null),
    ),
    capturesTable(trace.observed, words),
    ...(trace.predicted ? [decisions(trace.predicted, trace.whyNot ?? [], words)] : []),
    ...(experiment && experiment.checks.length > 0
      ? [element('h3', {}, escapeMarkup(words.report.statements)), statementList(experiment.checks, words)]
      : []),
  )
}

function decisions(path: Path, whyNot: readonly SaidWhyNot[], words: Catalogue): string {
  const { report, language } = words
  const rows = (direction: 'forward' | 'reply'): readonly string[] =>
    path[direction].flatMap((hop, index) => {
      const cells = (stage: string, line: string, text: string, miss: boolean): string =>
        row('td', [
          escapeMarkup(miss ? '' : direction === 'forward' ? report.request : report.reply),
          escapeMarkup(miss ? '' : place(hop.stack, report)),
          escapeMarkup(miss ? report.notThis : stage),
          code(line),
          escapeMarkup(text),
        ])
      const near = whyNot.filter((one) => one.direction === direction && one.hop === index)
      const missRows = (by: string | null, stage: string): readonly string[] =>
        near
          .filter((one) => one.by === by && one.stage === stage)
          .flatMap((one) => one.instead.map((miss) => cells(stage, miss.by, miss.because, true)))
      return [
        ...hop.decisions.flatMap((decision) => [
          cells(decision.stage, decision.by, effectSentence(language, decision.effect), false),
          ...missRows(decision.by, decision.stage),
        ]),
        ...near
          .filter((one) => one.by === null)
          .flatMap((one) => [
            cells(one.stage, '', report.noLineDecided, false),
            ...missRows(null, one.stage),
          ]),
      ]
    })
  const all = [...rows('forward'), ...rows('reply')]
  return all.length === 0
    ? ''
    : element(
        'details',
        whyNot.length === 0 ? {} : { open: '' },
        element('summary', {}, escapeMarkup(words.figure.decisions)),
        element('div', { class: 'scroll' }, element('table', {}, ...all)),
      )
}

function probeTable(traces: readonly TraceResult[], { report, figure }: Catalogue): string {
  const head = ['', report.flow, figure.sent, figure.received, figure.roundTrip, 'TTL', '']
  const rows = traces.map((trace) => {
    const { probe } = trace
    return row('td', [
      escapeMarkup(probe === null ? '' : report.probe[probe.protocol]),
      escapeMarkup(flowName(trace)),
      String(probe?.sent ?? 0),
      String(probe?.received ?? 0),
      escapeMarkup((probe?.rttMs ?? []).map(formatMilliseconds).join(', ')),
      escapeMarkup([...new Set(probe?.replyTtl ?? [])].join(', ')),
      escapeMarkup(
        probe?.error ??
          (trace.agrees === null ? '' : trace.agrees ? report.asPredicted : report.notAsPredicted),
      ),
    ])
  })
  return element('div', { class: 'scroll' }, element('table', {}, row('th', head.map(escapeMarkup)), ...rows))
}

const row = (cell: 'td' | 'th', cells: readonly string[]): string =>
  element('tr', {}, ...cells.map((content) => element(cell, {}, content)))

const gapList = (run: RunResult, { report }: Catalogue): string =>
  element(
    'ul',
    { class: 'evidence' },
    ...run.gaps.map((gap) =>
      element('li', {}, escapeMarkup(`${place(gap.at, report)}: ${report.gap(gap.what, gap.because)}`)),
    ),
  )
