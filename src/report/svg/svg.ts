import type { Catalogue } from '../../i18n/catalogue.ts'
import { catalogue } from '../../i18n/catalogues.ts'
import type { Language } from '../../i18n/language.ts'
import type { RunResult, TraceResult } from '../../model/result/result.ts'
import { cleanAll } from '../../edge/clean.ts'
import { nodeName, podName } from '../place.ts'
import { formatMilliseconds } from '../quantity.ts'
import { drawStrip } from './draw.ts'
import { figureOfTrace, figuresOf, type Figure } from './figure.ts'
import { layout } from './layout.ts'
import { drawLegend } from './legend.ts'
import { element, escapeMarkup } from './markup.ts'
import { sansWidth } from './station-text.ts'
import { figureStyle, type Theme } from './style.ts'
import { wrap } from '../terminal/text-width.ts'

export interface SvgOptions {
  readonly language: Language
  /** `auto`, the default, follows the reader's own; all three print in black and white. */
  readonly theme?: Theme
  /** Only this flow: an index into `traces`. Without it every flow that the run tells, one below the other. */
  readonly trace?: number
}

/**
 * The tutorial's drawing from what was measured: one SVG 1.1 document without scripts, links or anything from
 * elsewhere. The same result gives the same text.
 * @throws RangeError when there is no flow of that index.
 */
export function renderSvg(result: RunResult, options: SvgOptions): string {
  const run = cleanAll(result)
  const words = catalogue(options.language)
  const figures = options.trace === undefined ? figuresOf(run) : [figureOfTrace(run, options.trace)]
  const drawn = figures.map((figure) => {
    if (!figure) throw new RangeError(`the run has no flow ${options.trace}: it has ${run.traces.length}`)
    return drawFigure(figure, words)
  })
  return document(drawn, options)
}

/** The same as a file for each flow, named after its experiment or, without one, after its place in the run. */
export function renderSvgs(
  result: RunResult,
  options: Omit<SvgOptions, 'trace'>,
): readonly { readonly name: string; readonly text: string }[] {
  const words = catalogue(options.language)
  return figuresOf(cleanAll(result)).map((figure, i) => ({
    name: figure.experiment?.id ?? `flow-${i + 1}`,
    text: document([drawFigure(figure, words)], options),
  }))
}

/** A figure before it becomes a document: to stand in a page beside others. */
export interface DrawnFigure {
  readonly label: string
  readonly width: number
  readonly height: number
  readonly body: string
}

const margin = 20
const leastWidth = 640

/** `within: 'page'` leaves out what the page around it says itself: title and statements. */
export function drawFigure(figure: Figure, words: Catalogue, within: 'page' | 'file' = 'file'): DrawnFigure {
  const { trace, experiment } = figure
  const label = describe(trace, words)
  const placed = figure.strips.map((strip) => ({ strip, at: layout(strip, words) }))
  const width = Math.max(leastWidth, ...placed.map(({ at }) => at.width))
  const parts: string[] = []
  let y = 18
  const line = (name: string, text: string, height: number): void => {
    parts.push(element('text', { class: name, x: 0, y }, escapeMarkup(text)))
    y += height
  }
  const title = experiment ? words.report.experiments[experiment.id] : flowName(trace)
  const facts = factsOf(trace, words)
  if (within === 'file')
    for (const text of wrap(title, Math.floor(width / sansWidth(1, 17)))) line('pp-title', text, 22)
  for (const text of wrap(
    experiment ? `${flowName(trace)} · ${facts}` : facts,
    Math.floor(width / sansWidth(1, 12.5)),
  ))
    line('pp-sub pp-quiet', text, 18)
  if (placed.length === 0) line('pp-bad', words.figure.noPath, 20)
  for (const [index, { strip, at }] of placed.entries()) {
    if (strip.kind !== 'flow') {
      y += 22
      line(
        'pp-kind',
        strip.kind === 'reply' ? words.report.replyTakesAnotherPath : words.figure.predictedPath,
        4,
      )
    }
    y += 4
    parts.push(
      element(
        'g',
        { 'data-strip': index, transform: `translate(0 ${Math.round(y)})` },
        ...drawStrip(at, words),
      ),
    )
    y += at.height + 10
  }
  const legend = drawLegend(within === 'page' ? { ...figure, steps: [] } : figure, words, width)
  parts.push(element('g', { transform: `translate(0 ${Math.round(y + 14)})` }, ...legend.parts))
  y += legend.height + 14
  return { label, width: Math.ceil(width), height: Math.ceil(y), body: parts.join('\n') }
}

/** The figures as one SVG element, for a file or inside a page; the style sheet is the caller's. */
export function svgOf(figures: readonly DrawnFigure[], style: string | null): string {
  const width = Math.max(0, ...figures.map((figure) => figure.width)) + margin * 2
  let y = margin
  const placed = figures.map((figure) => {
    const group = element('g', { transform: `translate(${margin} ${y})` }, `\n${figure.body}\n`)
    y += figure.height + margin * 2
    return group
  })
  const height = Math.max(margin * 2, y - margin)
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      class: 'pp',
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: 'img',
    },
    `\n${element('title', {}, escapeMarkup(figures.map(({ label }) => label).join('; ') || 'podpath'))}\n`,
    ...(style === null ? [] : [element('style', {}, style), '\n']),
    `${element('rect', { class: 'pp-paper', width, height })}\n`,
    placed.join('\n'),
    '\n',
  )
}

const document = (figures: readonly DrawnFigure[], options: Omit<SvgOptions, 'trace'>): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n${svgOf(figures, figureStyle(options.theme ?? 'auto'))}\n`

const endName = ({ kind, name, address }: TraceResult['from']): string =>
  kind === 'pod' ? podName(name) : kind === 'node' ? nodeName(name) : name === '' ? address : name

export const flowName = (trace: TraceResult): string => `${endName(trace.from)} → ${endName(trace.to)}`

const describe = (trace: TraceResult, words: Catalogue): string =>
  words.figure.described(
    endName(trace.from),
    endName(trace.to),
    (trace.observed ?? trace.predicted)?.verdict ?? null,
  )

/** What was sent, what came back, and whether it went as predicted, on one line. */
export function factsOf(trace: TraceResult, words: Catalogue): string {
  const { probe } = trace
  const { report } = words
  return [
    ...(probe === null
      ? [report.notSent]
      : [`${report.probe[probe.protocol]}: ${report.answered(probe.received, probe.sent)}`]),
    ...(probe && probe.rttMs.length > 0
      ? [`rtt ${probe.rttMs.slice(0, 4).map(formatMilliseconds).join(', ')}`]
      : []),
    ...(probe?.error === undefined ? [] : [probe.error]),
    ...(trace.agrees === null ? [] : [trace.agrees ? report.asPredicted : report.notAsPredicted]),
  ].join(' · ')
}
