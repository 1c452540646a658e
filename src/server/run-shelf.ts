import * as z from 'zod/mini'
import {
  keepRunIn,
  keptCapture,
  listKeptRuns,
  readKeptResult,
  runIdOf,
  type RunToKeep,
} from '../runs/kept-runs.ts'
import { jsonValue } from '../edge/json.ts'
import type { RunResult } from '../model/result/result.ts'
import { countChecks } from '../report/summary.ts'
import { runResult, type Run, type RunSummary } from './contract/run.ts'

/** Characters of a run's name; the longest is `now-` and an instant. A longer one is no file's name. */
const longestId = 64

/** Predictions are not kept on disk; these many are remembered while the server runs. */
const mostRemembered = 50

export interface CaptureFile {
  readonly octets: number
  readonly content: { readonly path: string } | { readonly bytes: Uint8Array }
}

interface Remembered {
  readonly result: RunResult
  readonly capture: Uint8Array | null
}

/** The runs that can be looked at: those kept on disk, by any podpath, and the predictions of this server. */
export class RunShelf {
  /** Null: nothing can be kept, and runs are remembered as predictions are. */
  readonly directory: string | null
  readonly #remembered = new Map<string, Remembered>()
  /** Summaries of kept runs, which do not change: reading twenty results for each look would be slow. */
  readonly #summaries = new Map<string, RunSummary>()

  constructor(directory: string | null) {
    this.directory = directory
  }

  /** A run with packets goes to disk; where that fails it is remembered, and `warn` told. */
  async keep(run: RunToKeep, warn: (message: string) => void): Promise<string> {
    if (this.directory !== null)
      try {
        await keepRunIn(this.directory, run)
        return runIdOf(run.result)
      } catch (error) {
        warn(`${this.directory}: ${error instanceof Error ? error.message : String(error)}`)
      }
    return this.#remember({ result: run.result, capture: run.capture })
  }

  rememberPrediction(result: RunResult): string {
    return this.#remember({ result, capture: null })
  }

  #remember(run: Remembered): string {
    const id = `now-${runIdOf(run.result)}`
    this.#remembered.set(id, run)
    for (const old of [...this.#remembered.keys()].slice(0, -mostRemembered)) this.#remembered.delete(old)
    return id
  }

  async list(): Promise<readonly RunSummary[]> {
    const kept = this.directory === null ? [] : listKeptRuns(this.directory)
    const summaries: RunSummary[] = []
    for (const id of kept) {
      const known = this.#summaries.get(id)
      const result = known ? null : await this.#read(id)
      const summary = known ?? (result ? summaryOf(id, result) : null)
      if (!summary) continue
      this.#summaries.set(id, summary)
      summaries.push(summary)
    }
    const remembered = [...this.#remembered].map(([id, { result }]) => summaryOf(id, result))
    return [...summaries, ...remembered].sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1))
  }

  /** Null: there is no run of that name, or its file is no result. */
  async run(id: string): Promise<Run | null> {
    const result = this.#remembered.get(id)?.result ?? (await this.#read(id))
    if (!result) return null
    return { id, result, captureOctets: (await this.capture(id))?.octets ?? null }
  }

  async capture(id: string): Promise<CaptureFile | null> {
    const remembered = this.#remembered.get(id)
    if (remembered)
      return (
        remembered.capture && { octets: remembered.capture.length, content: { bytes: remembered.capture } }
      )
    const file = this.directory === null || id.length > longestId ? null : keptCapture(this.directory, id)
    return file && { octets: file.octets, content: { path: file.path } }
  }

  /** A kept file may be of another version, or anybody's. */
  async #read(id: string): Promise<RunResult | null> {
    const text = this.directory === null || id.length > longestId ? null : readKeptResult(this.directory, id)
    if (text === null) return null
    const read = z.safeParse(runResult, jsonValue(text))
    return read.success ? read.data : null
  }
}

function summaryOf(id: string, result: RunResult): RunSummary {
  const checks = countChecks(result.experiments.flatMap((experiment) => experiment.checks))
  return {
    id,
    startedAt: result.startedAt,
    durationMs: result.durationMs,
    source: result.source.name,
    verdict: result.verdict,
    sent: result.traces.some((trace) => trace.probe !== null),
    flows: result.traces.slice(0, 4).map((trace) => ({
      from: trace.from.name,
      to: trace.to.name === '' ? trace.to.address : trace.to.name,
      protocol: trace.probe?.protocol ?? protocolOf(result),
    })),
    flowCount: result.traces.length,
    errors: result.findings.filter((finding) => finding.severity === 'error').length,
    statements: { passed: checks.passed, all: checks.all },
  }
}

const protocolOf = (result: RunResult): string =>
  result.traces[0]?.predicted?.forward[0]?.packetOut?.protocol ?? ''
