import { catalogue } from '../../i18n/catalogues.ts'
import type { Language } from '../../i18n/language.ts'
import type { MatrixCell, MatrixReason, MatrixResult } from '../../model/result/matrix.ts'
import { cleanAll } from '../../edge/clean.ts'
import { code, escape, table } from './text.ts'
import {
  endName,
  legendOf,
  reachedSentence,
  reasonSentence,
  stateOf,
  type CellState,
} from '../matrix-cell.ts'
import { nodeName } from '../place.ts'

const signs: Readonly<Record<CellState, string>> = {
  self: '·',
  delivered: '✅',
  refused: '🚪',
  dropped: '❌',
  unknown: '❔',
  sometimes: '🎲',
  disagrees: '❗',
}

/** Who reaches whom as GitHub-flavoured Markdown. */
export function renderMarkdownMatrix(result: MatrixResult, language: Language): string {
  const { report: words, matrix } = catalogue(language)
  const run = cleanAll(result)
  const legend = legendOf(run)
  const numbered = run.to.map((end, i) => `${i + 1}. ${code(endName(end))} ${code(end.address)}`)
  const parts = [
    `# podpath: ${matrix.title}`,
    `**${words.verdict[run.verdict]}** – ${escape(`${words.source(run.source.kind, run.source.name)} · ${run.protocol}${run.port === null ? '' : ` ${run.port}`} · ${reachedSentence(run, matrix)}`)}`,
    numbered.join('\n'),
    table(
      [matrix.sender, words.node, ...run.to.map((_, i) => String(i + 1))],
      run.cells.map((row, i) => {
        const end = run.from[i]
        return [
          end ? code(endName(end)) : '',
          end?.node === undefined ? '' : code(nodeName(end.node)),
          ...row.map((cell) => cellText(cell, run.reasons, legend.labelOf(cell))),
        ]
      }),
    ),
    ...(legend.causes.length + legend.places.length === 0
      ? []
      : [
          `## ${matrix.reasons}`,
          [
            ...legend.causes.map(
              ({ label, cause, pairs }) =>
                `- **${label}** ${escape(cause.message)} (${matrix.pairs(pairs)}) ${code(cause.code)}${cause.cure.map((command) => `\n  - ${code(command)}`).join('')}`,
            ),
            ...legend.places.map(
              ({ label, reason, pairs }) =>
                `- **${label}** ${escape(reasonSentence(reason, words, matrix))} (${matrix.pairs(pairs)}): ${code(reason.by)} – ${escape(reason.effect)}`,
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

const cellText = (cell: MatrixCell | null, reasons: readonly MatrixReason[], label: string): string =>
  signs[stateOf(cell, reasons)] + (label === '' ? '' : ` ${label}`)
