import type { RequestListener } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import type { Desk } from './desk.ts'
import { Ongoing } from './ongoing.ts'
import { RunShelf } from './run-shelf.ts'
import { TraceJobs } from './trace-jobs.ts'
import { createWebApp } from './web-app.ts'

export interface AnsweringOptions extends Omit<Desk, 'shelf' | 'jobs' | 'ongoing'> {
  /** Where runs are kept; null: nowhere. */
  readonly runs: string | null
}

/** What answers to a page that stands. */
export interface Answering {
  readonly listener: RequestListener
  /** Settles when traces and snapshots that the signal ended have cleared up. */
  ended(): Promise<void>
}

/** Throws what is wrong with a recorded snapshot. */
export function createAnswering(options: AnsweringOptions): Answering {
  const { runs, ...rest } = options
  const ongoing = new Ongoing()
  const jobs = new TraceJobs(options.signal, ongoing)
  const answer = getRequestListener(createWebApp({ ...rest, ongoing, shelf: new RunShelf(runs), jobs }).fetch)
  return {
    listener: (request, response) => void answer(request, response),
    ended: () => ongoing.ended(),
  }
}
