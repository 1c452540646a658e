import { once, setMaxListeners } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import type { Desk } from './desk.ts'
import { createGuard } from './guard.ts'
import { Ongoing } from './ongoing.ts'
import { readPageFiles } from './page-files.ts'
import { RunShelf } from './run-shelf.ts'
import { TraceJobs } from './trace-jobs.ts'
import { createWebApp } from './web-app.ts'

export interface ServerOptions extends Omit<Desk, 'shelf' | 'jobs' | 'ongoing'> {
  /** Where runs are kept; null: nowhere. */
  readonly runs: string | null
  /** 0: any that is free. */
  readonly port: number
  /** The built page. */
  readonly pageDirectory: string
}

export interface WebServer {
  /** With the key that opens it once. */
  readonly url: string
  /** Ends every connection and what it was waiting for; settles when traces and snapshots have cleared up. */
  close(): Promise<void>
}

/** Listens on the loopback address alone. Rejects with an error of Node's: `EADDRINUSE`, or `ENOENT` without a page. */
export async function startServer(options: ServerOptions): Promise<WebServer> {
  const page = await readPageFiles(options.pageDirectory)
  let port = options.port
  const guard = createGuard(() => port)
  const ended = new AbortController()
  const signal = AbortSignal.any([options.signal, ended.signal])
  // Every request, watch and trace listens to it.
  setMaxListeners(0, signal)
  const ongoing = new Ongoing()
  const jobs = new TraceJobs(signal, ongoing)
  const desk: Desk = { ...options, signal, ongoing, shelf: new RunShelf(options.runs), jobs }
  const { app, readFirst, readRest } = createWebApp(desk, guard, page)
  // What is wrong with a record is said here, not on a page.
  if (options.source.kind === 'bundle') await readRest()
  const server = createAdaptorServer({ fetch: app.fetch }) as Server
  server.listen({ host: '127.0.0.1', port: options.port })
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
  readFirst()
  return {
    url: `http://127.0.0.1:${port}/?token=${guard.token}`,
    async close() {
      ended.abort(new Error('podpath ui has ended'))
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
      await ongoing.ended()
    },
  }
}
