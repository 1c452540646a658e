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

/** What answers to the page's questions. */
export interface Answering {
  readonly listener: RequestListener
  /** Settles when traces and snapshots that the signal ended have cleared up. */
  ended(): Promise<void>
}

/** Begins to ask a cluster for what the first page will. Rejects with what is wrong with a recorded snapshot. */
export async function createAnswering(options: AnsweringOptions): Promise<Answering> {
  const { runs, ...rest } = options
  const ongoing = new Ongoing()
  const jobs = new TraceJobs(options.signal, ongoing)
  const desk: Desk = { ...rest, ongoing, shelf: new RunShelf(runs), jobs }
  const { app, readFirst, readRest } = createWebApp(desk)
  if (options.source.kind === 'bundle') await readRest()
  else readFirst()
  const answer = getRequestListener(app.fetch)
  return {
    listener: (request, response) => void answer(request, response),
    ended: () => ongoing.ended(),
  }
}
