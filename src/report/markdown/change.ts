import { catalogue } from '../../i18n/catalogues.ts'
import type { Language } from '../../i18n/language.ts'
import type { ChangeNote, ChangeResult, PairChanges } from '../../model/result/change.ts'
import { cleanAll } from '../../edge/clean.ts'
import { changeKinds, countOf, editTexts, isNothing, mostShown, pairText } from '../change-text.ts'
import { code, escape } from './text.ts'

/** What a change does, as GitHub-flavoured Markdown: a comment under a pull request. */
export function renderMarkdownChange(result: ChangeResult, language: Language): string {
  const { report: words, change } = catalogue(language)
  const run = cleanAll(result)
  const { opens, closes, moves, readdresses } = run
  const groupsOf = (changes: PairChanges, depth: string): readonly string[] =>
    changeKinds.flatMap((kind) =>
      changes[kind].length === 0
        ? []
        : [
            `${depth} ${change.headings[kind](countOf(changes[kind]))}`,
            changes[kind]
              .map(({ why, count, pairs }) =>
                [
                  `- ${kind === 'opens' ? `${escape(change.stoppedBefore)} ` : ''}${code(why.by === '' ? why.effect : why.by)}${why.at.length === 0 ? '' : ` ${escape(change.at(why.at.join(', ')))}`}`,
                  ...pairs
                    .slice(0, mostShown)
                    .map(
                      (pair) =>
                        `  - ${code(pairText(pair))}${pair.sourceBefore !== null && pair.sourceAfter !== null && pair.sourceBefore !== pair.sourceAfter ? `: ${escape(change.seenAs(pair.sourceBefore, pair.sourceAfter))}` : ''}`,
                    ),
                  ...(count > Math.min(mostShown, pairs.length)
                    ? [`  - ${escape(change.more(count - Math.min(mostShown, pairs.length)))}`]
                    : []),
                ].join('\n'),
              )
              .join('\n'),
          ],
    )
  const say = (note: ChangeNote): string => (change.notes[note.code] as (facts: ChangeNote) => string)(note)
  const parts = [
    `# podpath: ${change.title}`,
    `**${escape(change.verdict(countOf(opens), countOf(closes), countOf(moves), countOf(readdresses)))}** – ${escape(`${words.source(run.source.kind, run.source.name)}${run.after === null ? '' : ` → ${words.source(run.after.kind, run.after.name)}`} · ${change.pairs(run.pairs)}`)}`,
    editTexts(run)
      .flatMap(({ at, lines }) => lines.map((line) => `- ${code(`${at}: ${line}`)}`))
      .join('\n'),
    run.notes.map((note) => `> ${escape(say(note))}`).join('\n>\n'),
    ...(isNothing(run) ? [escape(change.nothing)] : groupsOf(run, '##')),
    ...(run.ifEnforced === undefined
      ? []
      : [
          `## ${escape(change.ifEnforced)}`,
          ...(isNothing(run.ifEnforced) ? [escape(change.nothing)] : groupsOf(run.ifEnforced, '###')),
        ]),
    ...(run.expectations.length === 0
      ? []
      : [
          `## ${change.expectations}`,
          run.expectations
            .map(
              (one) =>
                `- ${one.state === 'holds' ? '✅' : one.state === 'broken' ? '❌' : '❔'} ${escape(`${change.expected(one.from, one.to, one.reach)}: ${change.state[one.state]}`)}`,
            )
            .join('\n'),
        ]),
    ...(run.gaps.length === 0
      ? []
      : [
          `## ${words.gaps}`,
          run.gaps.map((gap) => `- ${code(gap.at)}: ${escape(words.gap(gap.what, gap.because))}`).join('\n'),
        ]),
  ]
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`
}
