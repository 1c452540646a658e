import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { keepRunIn } from '../runs/kept-runs.ts'
import type { Verified } from '../app/verify.ts'
import { catalogue } from '../i18n/catalogues.ts'
import type { RunResult } from '../model/result/result.ts'
import { OwnError } from '../own/own-error.ts'
import type { Context } from './process/context.ts'
import { dataDirectory } from './process/data-directory.ts'
import { systemReasonSentence, unwritable } from './process/failure.ts'

/** Where runs are kept: in the user's data directory. */
export function runsDirectory({ io }: Pick<Context, 'io'>): string | undefined {
  const data = dataDirectory(io)
  return data === undefined ? undefined : join(data, 'runs')
}

/**
 * Keeps a run among the kept runs; its captures in the file that was asked for, where one was: the rest is then kept
 * only where prediction and observation do not agree. A run whose keeping fails is a run all the same: it is said, and
 * the result goes on without a file.
 */
export async function keepRun(
  context: Context,
  verified: Verified,
  file: string | undefined,
): Promise<RunResult> {
  if (file !== undefined) {
    try {
      writeFileSync(file, verified.capture)
    } catch (error) {
      throw unwritable(`--capture ${file}`, error)
    }
    context.io.err(`${catalogue(context.language()).progress.captureWritten(file)}\n`)
  }
  const runs = runsDirectory(context)
  const named = file === undefined ? verified.result : { ...verified.result, captureFile: file }
  if (runs === undefined || (file !== undefined && !disagrees(verified.result))) return named
  try {
    return await keepRunIn(runs, {
      result: named,
      capture: file === undefined ? verified.capture : null,
      bundle: verified.bundle,
    })
  } catch (error) {
    const words = catalogue(context.language()).command
    const why = error instanceof OwnError ? error.message : `${runs}: ${systemReasonSentence(error, words)}`
    context.io.err(`podpath: ${words.runNotKept(why)}\n`)
    return named
  }
}

/** Prediction and observation do not agree: the tables are what one wants to look at next. */
const disagrees = (result: RunResult): boolean => result.traces.some((trace) => trace.agrees === false)
