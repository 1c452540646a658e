import { catalogue } from '../../i18n/catalogues.ts'
import type { Language } from '../../i18n/language.ts'
import { cleanAll } from '../../edge/clean.ts'
import type { ClassMatrix } from '../../model/result/class-matrix.ts'
import { classLegend, reachedOfClasses } from '../class-matrix-text.ts'
import { totalsBy, workloadOf } from '../matrix-totals.ts'
import { code, escape, table } from './text.ts'

const mostRows = 100

/** Who reaches whom among thousands as GitHub-flavoured Markdown: what fails between workloads, and why. */
export function renderMarkdownClassMatrix(result: ClassMatrix, language: Language): string {
  const { report: words, matrix } = catalogue(language)
  const { cellOf, ...data } = result
  const run: ClassMatrix = { ...cleanAll(data), cellOf }
  const { causes, places, labelOf } = classLegend(run, words, matrix)
  const failing = totalsBy(run, workloadOf)
    .filter(({ pairs, reached }) => reached < pairs)
    .toSorted((a, b) => b.pairs - b.reached - (a.pairs - a.reached))
  const { predicted, sampled, disagreed } = run.work
  const parts = [
    `# podpath: ${matrix.title}`,
    `**${words.verdict[run.verdict]}** – ${escape(`${words.source(run.source.kind, run.source.name)} · ${run.protocol}${run.port === null ? '' : ` ${run.port}`} · ${reachedOfClasses(run, matrix)}`)}`,
    escape(
      `${matrix.byClasses(run.classes.length, predicted, sampled)}${disagreed === 0 ? '' : ` ${matrix.disagreed(disagreed)}`}`,
    ),
    ...(failing.length === 0
      ? []
      : [
          `## ${matrix.byWorkload}`,
          table(
            [matrix.sender, matrix.receiver, '', ''],
            failing
              .slice(0, mostRows)
              .map((one) => [
                code(one.from),
                code(one.to),
                escape(matrix.notReached(one.pairs - one.reached, one.pairs)),
                labelOf(one.cell),
              ]),
          ),
          ...(failing.length > mostRows ? [escape(matrix.moreLines(failing.length - mostRows))] : []),
        ]),
    ...(causes.length + places.length === 0
      ? []
      : [
          `## ${matrix.reasons}`,
          [
            ...causes.map(
              ({ label, cause, pairs }) =>
                `- **${label}** ${escape(cause.message)} (${matrix.pairs(pairs)}) ${code(cause.code)}${cause.cure.map((command) => `\n  - ${code(command)}`).join('')}`,
            ),
            ...places.map(
              ({ label, sentence, reason, pairs }) =>
                `- **${label}** ${escape(sentence)} (${matrix.pairs(pairs)}): ${code(reason.by)} – ${escape(reason.effect)}`,
            ),
          ].join('\n'),
        ]),
    ...(run.gaps.length === 0
      ? []
      : [
          `## ${words.gaps}`,
          run.gaps.map((gap) => `- ${code(gap.at)}: ${escape(words.gap(gap.what, gap.because))}`).join('\n'),
        ]),
  ]
  return `${parts.join('\n\n')}\n`
}
