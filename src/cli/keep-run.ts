import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Bundle } from '../bundle/bundle.ts'
import { writeBundle } from '../bundle/write.ts'
import type { Verified } from '../app/verify.ts'
import { catalogue } from '../i18n/catalogue.ts'
import type { RunResult } from '../model/result.ts'
import { renderJson } from '../report/json.ts'
import type { Context } from './context.ts'
import { UsageError } from './failure.ts'

/** Runs that are kept; older ones make room. */
const mostRuns = 20

/** Where runs are kept: the user's data directory (XDG Base Directory Specification 0.8). */
export function runsDirectory(context: Pick<Context, 'io'>): string | undefined {
  const { environment, home } = context.io
  const data = environment['XDG_DATA_HOME'] ?? (home === undefined ? undefined : join(home, '.local/share'))
  return data === undefined || data === '' ? undefined : join(data, 'podpath/runs')
}

/** A kept bundle has at most this many octets, so that twenty runs stay small. A lab's has one million. */
const mostBundle = 64 * 1024 * 1024

/**
 * Keeps a run's captures and its result: in the file that was asked for, else among the kept runs; and its snapshot as a
 * bundle where prediction and observation do not agree. A run whose keeping fails is a run all the same: it is said, and
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
      throw new UsageError(`--capture ${file}: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      })
    }
    context.io.err(`${catalogue(context.language()).progress.captureWritten(file)}\n`)
  }
  const runs = runsDirectory(context)
  const named = file === undefined ? verified.result : { ...verified.result, captureFile: file }
  const wanted = disagrees(verified.result)
  if (runs === undefined || (file !== undefined && !wanted)) return named
  const directory = join(runs, verified.result.startedAt.replaceAll(':', ''))
  const capture = join(directory, 'capture.pcapng')
  const bundle = join(directory, 'bundle')
  const result = {
    ...named,
    ...(file === undefined ? { captureFile: capture } : {}),
    ...(wanted && sizeOf(verified.bundle) <= mostBundle ? { bundle } : {}),
  }
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    if (file === undefined) writeFileSync(capture, verified.capture, { mode: 0o600 })
    if (result.bundle !== undefined) await writeBundle(verified.bundle, bundle)
    writeFileSync(join(directory, 'result.json'), renderJson(result), { mode: 0o600 })
    const kept = readdirSync(runs)
      .filter((name) => /^\d{4}-\d{2}-\d{2}T[\d.]+Z$/.test(name))
      .sort()
    for (const old of kept.slice(0, -mostRuns)) rmSync(join(runs, old), { recursive: true, force: true })
  } catch (error) {
    context.io.err(
      `podpath: the run could not be kept in ${directory}: ${error instanceof Error ? error.message : String(error)}\n`,
    )
    return named
  }
  return result
}

/** Prediction and observation do not agree: the tables are what one wants to look at next. */
const disagrees = (result: RunResult): boolean => result.traces.some((trace) => trace.agrees === false)

const sizeOf = (bundle: Bundle): number =>
  [...bundle.files.values()].reduce((sum, text) => sum + text.length, 0)
