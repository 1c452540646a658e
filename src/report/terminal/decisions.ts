import type { Language } from '../../i18n/language.ts'
import { effectSentence } from '../../i18n/effects.ts'
import type { Hop, Path } from '../../model/path/path.ts'
import type { SaidWhyNot, TraceResult } from '../../model/result/result.ts'
import { explanationOf, type Told, type ToldHop } from './explanation.ts'
import { hanging, type Page } from './page.ts'
import { place } from '../place.ts'
import { columns, padEnd } from './text-width.ts'

/** What was decided at every hop, and the verbatim line that decided it: forward, then what the reply met. */
export function drawDecisions(
  page: Page,
  language: Language,
  { predicted, whyNot }: TraceResult,
): readonly string[] {
  if (predicted === null) return []
  const { paint, words } = page
  const tell = (direction: 'forward' | 'reply'): readonly string[] =>
    explanationOf(predicted, direction, whyNot).flatMap((hop, index) => [
      ...(index === 0 ? [] : ['']),
      ...hopLines(page, language, hop, ends(predicted, direction, index)),
    ])
  return [
    ...tell('forward'),
    ...(predicted.reply.length === 0 ? [] : ['', `  ${paint.reply(words.replyPath)}`, '', ...tell('reply')]),
  ]
}

/** Is this the hop at which the packet, or its reply, is lost? */
function ends(path: Path, direction: 'forward' | 'reply', index: number): boolean {
  const verdict = direction === 'forward' ? path.verdict : path.replyVerdict
  return verdict === 'dropped' && index === path[direction].length - 1
}

function hopLines(
  page: Page,
  language: Language,
  { hop, told, undecided }: ToldHop,
  end: boolean,
): readonly string[] {
  const { paint, words } = page
  const stages = Math.max(
    0,
    ...told.map(({ decision }) => columns(decision.stage)),
    ...undecided.map(({ stage }) => columns(stage)),
  )
  return [
    ...heading(
      page,
      place(hop.stack, words) + (hop.evidence === 'derived' ? `  ${words.derived}` : ''),
      doing(page, hop, end),
    ),
    ...told.flatMap((one, index) => toldLines(page, language, one, stages, end && index === told.length - 1)),
    ...undecided.flatMap((one) => [
      ...hanging(page, 4, `${padEnd(one.stage, stages)}  `, words.noLineDecided, paint.quiet),
      ...missLines(page, one.instead, 4 + stages + 2),
    ]),
  ]
}

function heading(page: Page, title: string, does: string): readonly string[] {
  const { strong, quiet } = page.paint
  const fits = columns(title) + columns(does) + 4 <= page.width
  if (does === '' || fits) return [`  ${strong(title)}${does === '' ? '' : `  ${quiet(does)}`}`]
  return [`  ${strong(title)}`, ...hanging(page, 4, '', does, quiet)]
}

function doing({ words }: Page, hop: Hop, end: boolean): string {
  const { hopDoes } = words
  const { in: into, out } = hop
  const does =
    into === null
      ? out === null
        ? ''
        : hopDoes.sends(out)
      : out === null
        ? hopDoes.receives(into)
        : hopDoes.forwards(into, out)
  return [does, ...(end ? [hopDoes.ends] : [])].filter((part) => part !== '').join(', ')
}

function toldLines(
  page: Page,
  language: Language,
  { decision, by, idle, nearMisses }: Told,
  stages: number,
  guilty: boolean,
): readonly string[] {
  const { paint, words } = page
  const indent = 4 + stages + 2
  const effect = effectSentence(language, decision.effect)
  return [
    ...hanging(
      page,
      4,
      `${paint.quiet(padEnd(decision.stage, stages))}  `,
      effect,
      guilty ? paint.bad : idle ? paint.quiet : undefined,
    ),
    ...(by.length === 0 ? [] : hanging(page, indent, '', `${words.byWayOf} ${by.join(' → ')}`, paint.quiet)),
    ...hanging(page, indent, '', decision.by, paint.request),
    ...missLines(page, nearMisses, indent),
  ]
}

/** `not  512: from all to 192.168.1.9 lookup main` and, under it, what the line lacked. */
function missLines(page: Page, misses: SaidWhyNot['instead'], indent: number): readonly string[] {
  const { paint, words } = page
  const head = `${paint.uncertain(words.notThis)}  `
  const offset = indent + columns(head)
  return misses.flatMap((miss) => [
    ...hanging(page, indent, head, miss.by, paint.quiet),
    ...hanging(page, offset, '', miss.because),
  ])
}
