import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Bundle } from '../bundle/bundle.ts'
import { writeBundle } from '../bundle/write.ts'
import type { RunResult } from '../model/result.ts'
import { renderJson } from '../report/json.ts'

/** Runs that are kept; older ones make room. */
const mostRuns = 20

/** A kept bundle has at most this many octets, so that twenty runs stay small. A lab's has one million. */
const mostBundle = 64 * 1024 * 1024

const sizeOf = (bundle: Bundle): number =>
  [...bundle.files.values()].reduce((sum, text) => sum + text.length, 0)

/** A result of a thousand flows has some megabytes. */
const mostResultOctets = 64 * 1024 * 1024

/** The name of a kept run: when it was started, as a directory may be called. */
export type RunId = string

const isRunId = (name: string): name is RunId => /^\d{4}-\d{2}-\d{2}T[\d.]+Z$/.test(name)

export const runIdOf = (result: RunResult): RunId => result.startedAt.replaceAll(':', '')

export interface RunToKeep {
  readonly result: RunResult
  /** The pcapng with every capture; null: it is kept elsewhere. */
  readonly capture: Uint8Array | null
  /** What every stack on the way looked like. */
  readonly bundle: Bundle
}

/**
 * Keeps a run: `result.json`, `capture.pcapng` and `bundle/` in a directory of its own, for the owner alone.
 * Rejects with an error of Node's or a BundleError.
 * @returns the result, with the places of its captures and its bundle
 */
export async function keepRunIn(runs: string, run: RunToKeep): Promise<RunResult> {
  const directory = join(runs, runIdOf(run.result))
  const capture = join(directory, 'capture.pcapng')
  const bundle = join(directory, 'bundle')
  const result = {
    ...run.result,
    ...(run.capture === null ? {} : { captureFile: capture }),
    ...(sizeOf(run.bundle) <= mostBundle ? { bundle } : {}),
  }
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  if (run.capture) writeFileSync(capture, run.capture, { mode: 0o600 })
  if (result.bundle !== undefined) await writeBundle(run.bundle, bundle)
  // Last: a run with a result is whole.
  writeFileSync(join(directory, 'result.json'), renderJson(result), { mode: 0o600 })
  const kept = readdirSync(runs).filter(isRunId).sort()
  for (const old of kept.slice(0, -mostRuns)) rmSync(join(runs, old), { recursive: true, force: true })
  return result
}

/** Every kept run, the newest first; none where the directory is not there. */
export async function listKeptRuns(runs: string): Promise<readonly RunId[]> {
  const names = await readdir(runs).catch(() => [])
  return names
    .filter(isRunId)
    .filter((name) => statSync(join(runs, name, 'result.json'), { throwIfNoEntry: false })?.isFile() === true)
    .sort()
    .reverse()
}

/** The text of a kept result; null when there is no run of that name, or what lies there is no result. */
export async function readKeptResult(runs: string, id: string): Promise<string | null> {
  if (!isRunId(id)) return null
  const handle = await open(join(runs, id, 'result.json')).catch(() => null)
  if (!handle) return null
  try {
    const status = await handle.stat()
    return status.isFile() && status.size <= mostResultOctets ? await handle.readFile('utf8') : null
  } finally {
    await handle.close()
  }
}

/** The file with a kept run's captures, and its length; null when there is none. */
export async function keptCapture(
  runs: string,
  id: string,
): Promise<{ readonly path: string; readonly octets: number } | null> {
  if (!isRunId(id)) return null
  const path = join(runs, id, 'capture.pcapng')
  const status = await stat(path).catch(() => null)
  return status?.isFile() ? { path, octets: status.size } : null
}
