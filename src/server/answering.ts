import type { RequestListener } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import type { Desk } from './desk.ts'
import { createGuard } from './guard.ts'
import { Ongoing } from './ongoing.ts'
import type { PageFile } from './page-files.ts'
import { RunShelf } from './run-shelf.ts'
import { TraceJobs } from './trace-jobs.ts'
import { createWebApp } from './web-app.ts'

export interface AnsweringOptions extends Omit<Desk, 'shelf' | 'jobs' | 'ongoing'> {
  /** Where runs are kept; null: nowhere. */
  readonly runs: string | null
  readonly page: ReadonlyMap<string, PageFile>
  /** What the printed address carries. */
  readonly token: string
  readonly port: () => number
}

/** What stands behind the socket. */
export interface Answering {
  readonly listener: RequestListener
  /** Settles when traces and snapshots that the signal ended have cleared up. */
  ended(): Promise<void>
}

/** Begins to ask a cluster for what the first page will. Rejects with what is wrong with a recorded snapshot. */
export async function createAnswering(options: AnsweringOptions): Promise<Answering> {
  const { runs, page, token, port, ...rest } = options
  const ongoing = new Ongoing()
  const jobs = new TraceJobs(options.signal, ongoing)
  const desk: Desk = { ...rest, ongoing, shelf: new RunShelf(runs), jobs }
  const { app, readFirst, readRest } = createWebApp(desk, createGuard(port, token), page)
  if (options.source.kind === 'bundle') await readRest()
  else readFirst()
  const answer = getRequestListener(app.fetch)
  return {
    listener: (request, response) => void answer(request, response),
    ended: () => ongoing.ended(),
  }
}
