import type { Catalogue } from '../../i18n/catalogue.ts'
import type { Finding } from '../../model/result/finding.ts'
import type { KernelWord } from '../../model/kernel/kernel-drop.ts'
import { makeFinding } from './finding.ts'

/**
 * The findings with what the kernels said of the packets that they threw away: behind them, and as evidence of the first that is an
 * error. A kernel says where and why, and not by which line: so it is no error of its own.
 */
export function withKernelWord(
  findings: readonly Finding[],
  { drops }: KernelWord,
  words: Catalogue,
): readonly Finding[] {
  const said = drops.map((drop) =>
    makeFinding(
      words,
      'KERNEL_DROPPED',
      { ...drop, meaning: drop.reason === null ? null : (words.kernelReasons[drop.reason] ?? null) },
      { at: drop.at, by: null, evidence: [] },
    ),
  )
  const notes = said.map(({ message }) => ({ kind: 'note' as const, text: message }))
  const lost = findings.findIndex(({ severity }) => severity === 'error')
  return [
    ...findings.map((finding, i) =>
      i === lost ? { ...finding, evidence: [...finding.evidence, ...notes] } : finding,
    ),
    ...said,
  ]
}
