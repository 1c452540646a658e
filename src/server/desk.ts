import type { Source } from '../inventory/source.ts'
import type { Language } from '../i18n/language.ts'
import type { Ongoing } from './ongoing.ts'
import type { RunShelf } from './run-shelf.ts'
import type { TraceJobs } from './trace-jobs.ts'

/** What every route works with. */
export interface Desk {
  readonly source: Source
  /** Of the command line. */
  readonly language: Language
  /** The source may be changed through the Kubernetes API: a lab, which is there for that. */
  readonly mayChange: boolean
  /** Aborted when the server ends: whatever a route began ends with it. */
  readonly signal: AbortSignal
  readonly shelf: RunShelf
  readonly jobs: TraceJobs
  readonly ongoing: Ongoing
}
