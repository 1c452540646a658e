import type { Catalogue } from '../catalogue.ts'
import { capture } from './capture.ts'
import { causes } from './causes.ts'
import { change } from './change.ts'
import { cleanup } from './cleanup.ts'
import { command } from './command.ts'
import { fault } from './fault.ts'
import { figure } from './figure.ts'
import { findings } from './findings.ts'
import { kernelReasons } from './kernel-reasons.ts'
import { lab } from './lab.ts'
import { mismatches } from './mismatches.ts'
import { matrix } from './matrix.ts'
import { progress } from './progress.ts'
import { reasons } from './reasons.ts'
import { report } from './report.ts'
import { statements } from './statements.ts'

/** Every sentence in Korean. */
export const ko: Catalogue = {
  language: 'ko',
  report,
  statements,
  reasons,
  findings,
  kernelReasons,
  causes,
  lacks: mismatches,
  progress,
  figure,
  fault,
  matrix,
  change,
  capture,
  lab,
  cleanup,
  command,
}
