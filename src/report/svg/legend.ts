import type { Catalogue } from '../../i18n/catalogue.ts'
import { drawBadge } from './draw.ts'
import type { Figure, Knowledge } from './figure.ts'
import { element, escapeMarkup } from './markup.ts'
import { sansWidth } from './station-text.ts'
import type { Step } from './steps.ts'
import { columns, wrap } from '../terminal/text-width.ts'

const size = 12.5
const lineHeight = 18

/** Below the figure: what its lines mean, and the tutorial's statements by their numbers. */
export function drawLegend(
  figure: Figure,
  words: Catalogue,
  width: number,
): { readonly parts: readonly string[]; readonly height: number } {
  const keys = drawKeys(figure, words, width)
  const parts: string[] = [...keys.parts]
  let y = keys.height + 10
  const room = Math.floor((width - 34) / sansWidth(1, size))
  for (const step of figure.steps) {
    parts.push(drawBadge(step, 12, y + 8))
    for (const { text, bad } of linesOf(step, words)) {
      for (const line of wrap(text, room)) {
        parts.push(
          element('text', { class: `pp-sub${bad ? ' pp-bad' : ''}`, x: 32, y: y + 12.5 }, escapeMarkup(line)),
        )
        y += lineHeight
      }
    }
    y += 7
  }
  const more = figure.steps
    .flatMap((step) => step.parts.slice(1))
    .filter((part) => part.state === 'passed').length
  if (more > 0) {
    parts.push(
      element(
        'text',
        { class: 'pp-small pp-quiet', x: 32, y: y + 11 },
        escapeMarkup(words.figure.alsoHold(more)),
      ),
    )
    y += lineHeight
  }
  return { parts, height: y }
}

/** A step's own sentence, and each of its parts that does not hold, with the reason. */
function linesOf(step: Step, words: Catalogue): readonly { readonly text: string; readonly bad: boolean }[] {
  return step.parts.flatMap((part, i) => {
    const ok = part.state === 'passed'
    if (ok && i > 0) return []
    const sign = ok ? '' : part.state === 'failed' ? '✗ ' : '? '
    return [
      { text: `${sign}${part.statement}`, bad: part.state === 'failed' },
      ...(ok
        ? []
        : [{ text: `${words.report.state[part.state]}: ${part.reason}`, bad: part.state === 'failed' }]),
    ]
  })
}

/** Only what this figure holds is explained. */
function drawKeys(
  figure: Figure,
  words: Catalogue,
  width: number,
): { readonly parts: readonly string[]; readonly height: number } {
  const packets = figure.strips.flatMap(({ legs }) => legs.flatMap(({ request, reply }) => [request, reply]))
  const used = (known: Knowledge): boolean => packets.some((packet) => packet?.known === known)
  const hasReply = figure.strips.some(({ legs }) => legs.some(({ reply }) => reply !== null))
  const keys: readonly { readonly line: string | null; readonly text: string }[] = [
    { line: 'pp-request', text: words.report.request },
    ...(hasReply ? [{ line: 'pp-reply', text: words.report.reply }] : []),
    ...(['captured', 'inferred', 'predicted'] as const)
      .filter(used)
      .map((known) => ({ line: `pp-key pp-${known}`, text: words.figure.known[known] })),
    ...(figure.strips.some(({ stations }) => stations.some(({ lines }) => lines.length > 0))
      ? [{ line: null, text: words.figure.tableLines }]
      : []),
  ]
  const parts: string[] = []
  let x = 0
  let y = 0
  for (const { line, text } of keys) {
    const taken = (line === null ? 0 : 44) + sansWidth(columns(text), 11.5) + 22
    if (x > 0 && x + taken > width) {
      x = 0
      y += lineHeight
    }
    if (line !== null)
      parts.push(element('line', { class: `pp-line ${line}`, x1: x, y1: y + 8, x2: x + 34, y2: y + 8 }))
    parts.push(
      element(
        'text',
        { class: 'pp-small pp-quiet', x: line === null ? x : x + 42, y: y + 12 },
        escapeMarkup(text),
      ),
    )
    x += taken
  }
  return { parts, height: packets.length === 0 ? 0 : y + lineHeight }
}
