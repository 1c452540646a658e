import type { Lack } from '../model/consulted.ts'
import type { Language } from './language.ts'
import type { CaptureSentences } from './capture-sentences.ts'
import type { FigureSentences } from './figure-sentences.ts'
import type { FaultSentences } from './fault-sentences.ts'
import type { FindingCode, FindingFacts, Findings } from './finding-facts.ts'
import type { MatrixSentences } from './matrix-sentences.ts'
import type { LackSentences } from './lack-sentences.ts'
import type { ProgressSentences } from './progress-sentences.ts'
import type { Reason, Reasons } from './reason-facts.ts'
import type { ReportSentences } from './report-sentences.ts'
import type { StatementFacts, StatementId, Statements } from './statement-facts.ts'
import { fault as enFault } from './en/fault.ts'
import { capture as enCapture } from './en/capture.ts'
import { figure as enFigure } from './en/figure.ts'
import { findings as enFindings } from './en/findings.ts'
import { matrix as enMatrix } from './en/matrix.ts'
import { lacks as enLacks } from './en/lacks.ts'
import { progress as enProgress } from './en/progress.ts'
import { reasons as enReasons } from './en/reasons.ts'
import { report as enReport } from './en/report.ts'
import { statements as enStatements } from './en/statements.ts'
import { fault as koFault } from './ko/fault.ts'
import { capture as koCapture } from './ko/capture.ts'
import { figure as koFigure } from './ko/figure.ts'
import { findings as koFindings } from './ko/findings.ts'
import { matrix as koMatrix } from './ko/matrix.ts'
import { lacks as koLacks } from './ko/lacks.ts'
import { progress as koProgress } from './ko/progress.ts'
import { reasons as koReasons } from './ko/reasons.ts'
import { report as koReport } from './ko/report.ts'
import { statements as koStatements } from './ko/statements.ts'

/** Every sentence podpath says, in one language. A sentence that one language lacks does not compile. */
export interface Catalogue {
  readonly language: Language
  readonly report: ReportSentences
  readonly statements: Statements
  readonly reasons: Reasons
  readonly findings: Findings
  readonly lacks: LackSentences
  readonly progress: ProgressSentences
  readonly figure: FigureSentences
  readonly fault: FaultSentences
  readonly matrix: MatrixSentences
  readonly capture: CaptureSentences
}

const catalogues: { readonly [L in Language]: Catalogue } = {
  en: {
    language: 'en',
    report: enReport,
    statements: enStatements,
    reasons: enReasons,
    findings: enFindings,
    lacks: enLacks,
    progress: enProgress,
    figure: enFigure,
    fault: enFault,
    matrix: enMatrix,
    capture: enCapture,
  },
  ko: {
    language: 'ko',
    report: koReport,
    statements: koStatements,
    reasons: koReasons,
    findings: koFindings,
    lacks: koLacks,
    progress: koProgress,
    figure: koFigure,
    fault: koFault,
    matrix: koMatrix,
    capture: koCapture,
  },
}

export const catalogue = (language: Language): Catalogue => catalogues[language]

/** The sentence of one statement of the tutorial. */
export const sayStatement = <Id extends StatementId>(
  words: Catalogue,
  id: Id,
  facts: StatementFacts[Id],
): string => words.statements[id](facts)

/** The sentence of one reason. */
export function sayReason(words: Catalogue, reason: Reason): string {
  // The union pairs each code with its own facts; TypeScript cannot follow that through the table.
  const say = words.reasons[reason.code] as (facts: Reason['facts']) => string
  return say(reason.facts)
}

/** Why a line did not match. */
export function sayLack(words: Catalogue, { code, facts }: Lack): string {
  const say = words.lacks[code] as (facts: Lack['facts']) => string
  return say(facts)
}

/** A finding's two sentences. */
export const sayFinding = <Code extends FindingCode>(
  words: Catalogue,
  code: Code,
  facts: FindingFacts[Code],
): { readonly message: string; readonly remedy: string } => ({
  message: words.findings[code].message(facts),
  remedy: words.findings[code].remedy(facts),
})
