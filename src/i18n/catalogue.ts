import type { Mismatch } from '../model/path/evaluated.ts'
import type { Language } from './language.ts'
import type { CauseSentences } from './facts/cause-facts.ts'
import type { CaptureSentences } from './sentences/capture-sentences.ts'
import type { ChangeSentences } from './sentences/change-sentences.ts'
import type { CleanupSentences } from './sentences/cleanup-sentences.ts'
import type { CommandSentences } from './sentences/command-sentences.ts'
import type { FigureSentences } from './sentences/figure-sentences.ts'
import type { FaultSentences } from './sentences/fault-sentences.ts'
import type { FindingCode, FindingFacts, Findings } from './facts/finding-facts.ts'
import type { MatrixSentences } from './sentences/matrix-sentences.ts'
import type { LabSentences } from './sentences/lab-sentences.ts'
import type { MismatchSentences } from './sentences/mismatch-sentences.ts'
import type { ProgressSentences } from './sentences/progress-sentences.ts'
import type { Reason, Reasons } from './facts/reason-facts.ts'
import type { ReportSentences } from './sentences/report-sentences.ts'
import type { StatementFacts, StatementId, Statements } from './facts/statement-facts.ts'

/** Every sentence podpath says, in one language. A sentence that one language lacks does not compile. */
export interface Catalogue {
  readonly language: Language
  readonly report: ReportSentences
  readonly statements: Statements
  readonly reasons: Reasons
  readonly findings: Findings
  /** What the kernel's drop reasons stand for, by their names. */
  readonly kernelReasons: { readonly [reason: string]: string }
  readonly causes: CauseSentences
  readonly lacks: MismatchSentences
  readonly progress: ProgressSentences
  readonly figure: FigureSentences
  readonly fault: FaultSentences
  readonly matrix: MatrixSentences
  readonly change: ChangeSentences
  readonly capture: CaptureSentences
  readonly lab: LabSentences
  readonly cleanup: CleanupSentences
  readonly command: CommandSentences
}

/** The sentence of one statement of the tutorial. */
export const statementSentence = <Id extends StatementId>(
  words: Catalogue,
  id: Id,
  facts: StatementFacts[Id],
): string => words.statements[id](facts)

/** The sentence of one reason. */
export function reasonSentence(words: Catalogue, reason: Reason): string {
  // The union pairs each code with its own facts; TypeScript cannot follow that through the table.
  const say = words.reasons[reason.code] as (facts: Reason['facts']) => string
  return say(reason.facts)
}

/** Why a line did not match. */
export function mismatchSentence(words: Catalogue, { code, facts }: Mismatch): string {
  const say = words.lacks[code] as (facts: Mismatch['facts']) => string
  return say(facts)
}

/** A finding's two sentences. */
export const findingSentences = <Code extends FindingCode>(
  words: Catalogue,
  code: Code,
  facts: FindingFacts[Code],
): { readonly message: string; readonly remedy: string } => ({
  message: words.findings[code].message(facts),
  remedy: words.findings[code].remedy(facts),
})
