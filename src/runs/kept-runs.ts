import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Bundle } from '../bundle/bundle.ts'
import { writeBundle } from '../bundle/write.ts'
import type { RunResult } from '../model/result/result.ts'
import {
  findBelow,
  findOwnDirectory,
  guarded,
  makeBelow,
  makeOwnDirectory,
  type OwnDirectory,
} from '../own/own-directory.ts'
import { OwnError } from '../own/own-error.ts'
import { readOwnFile, sizeOfOwnFile, writeOwnFile } from '../own/own-file.ts'
import { renderJson } from '../report/json.ts'

/** Runs that are kept; older ones make room. */
const mostRuns = 20

/** A kept bundle has at most this many octets, so that twenty runs stay small. A lab's has one million. */
const mostBundle = 64 * 1024 * 1024

const sizeOf = (bundle: Bundle): number =>
  [...bundle.files.values()].reduce((sum, text) => sum + text.length, 0)

/** A result of a thousand flows has some megabytes. */
const mostResultOctets = 64 * 1024 * 1024

const resultFile = 'result.json'
const captureFile = 'capture.pcapng'

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

/** Where runs are kept, and what to do where they cannot be. */
const placeOf = (runs: string) => ({
  path: runs,
  otherwise: 'set XDG_DATA_HOME to another directory, of your own',
})

/** Whether runs may be kept there, or looked at: an OwnError says why not. */
export function whyNotKept(runs: string): OwnError | null {
  try {
    findOwnDirectory(placeOf(runs))
    return null
  } catch (error) {
    if (error instanceof OwnError) return error
    throw error
  }
}

/**
 * Keeps a run: `result.json`, `capture.pcapng` and `bundle/` in a directory of its own, for the owner alone.
 * Rejects with an OwnError or a BundleError.
 * @returns the result, with the places of its captures and its bundle
 */
export async function keepRunIn(runs: string, run: RunToKeep): Promise<RunResult> {
  const kept = makeOwnDirectory(placeOf(runs))
  const directory = makeBelow(kept, runIdOf(run.result))
  const bundle = join(directory.path, 'bundle')
  const result = {
    ...run.result,
    ...(run.capture === null ? {} : { captureFile: join(directory.path, captureFile) }),
    ...(sizeOf(run.bundle) <= mostBundle ? { bundle } : {}),
  }
  if (run.capture) writeOwnFile(directory, captureFile, run.capture)
  if (result.bundle !== undefined) await writeBundle(run.bundle, bundle)
  // Last: a run with a result is whole.
  writeOwnFile(directory, resultFile, renderJson(result))
  for (const old of idsIn(kept).slice(0, -mostRuns))
    guarded(kept, () => rmSync(join(kept.path, old), { recursive: true, force: true }))
  return result
}

/** Every kept run, the newest first; none where the directory is not there. Throws an OwnError. */
export function listKeptRuns(runs: string): readonly RunId[] {
  const kept = findOwnDirectory(placeOf(runs))
  if (!kept) return []
  return idsIn(kept)
    .filter((id) => fileOf(kept, id, resultFile) !== null)
    .reverse()
}

/** The oldest first. */
const idsIn = (kept: OwnDirectory): readonly RunId[] =>
  guarded(kept, () => readdirSync(kept.path))
    .filter(isRunId)
    .sort()

/** The text of a kept result; null when there is no run of that name, or what lies there is no result. Throws an OwnError. */
export function readKeptResult(runs: string, id: string): string | null {
  const kept = isRunId(id) ? findOwnDirectory(placeOf(runs)) : undefined
  if (!kept) return null
  return unlessForeign(() => {
    const directory = findBelow(kept, id)
    return (directory && readOwnFile(directory, resultFile, mostResultOctets)) ?? null
  })
}

/** The file with a kept run's captures, and its length; null when there is none. Throws an OwnError. */
export function keptCapture(runs: string, id: string): KeptFile | null {
  const kept = isRunId(id) ? findOwnDirectory(placeOf(runs)) : undefined
  return kept ? fileOf(kept, id, captureFile) : null
}

interface KeptFile {
  readonly path: string
  readonly octets: number
}

function fileOf(kept: OwnDirectory, id: RunId, name: string): KeptFile | null {
  return unlessForeign(() => {
    const directory = findBelow(kept, id)
    const octets = directory && sizeOfOwnFile(directory, name)
    return octets === undefined ? null : { path: join(kept.path, id, name), octets }
  })
}

/** A link, a file of somebody else's: in a directory of ours that is no run that we kept. */
function unlessForeign<T>(look: () => T): T | null {
  try {
    return look()
  } catch (error) {
    if (error instanceof OwnError && error.code === 'not-own') return null
    throw error
  }
}
