import { randomBytes } from 'node:crypto'
import { once, setMaxListeners } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Answering, AnsweringOptions } from './answering.ts'
import { boundConnections } from '../edge/bound-connections.ts'
import { firstPage, type FirstPageOptions } from './first-page.ts'
import { frontDoor } from './front-door.ts'
import { createGuard } from './guard.ts'
import { readPageFiles } from './page-files.ts'

export interface ServerOptions extends AnsweringOptions, Omit<FirstPageOptions, 'signal'> {
  /** 0: any that is free. */
  readonly port: number
  /** The built page. */
  readonly pageDirectory: string
}

export interface WebServer {
  /** With the key that opens it once. */
  readonly url: string
  /** Settles when somebody has opened it: the key is then worth nothing. */
  readonly opened: Promise<void>
  /** Ends every connection and what it was waiting for; settles when traces and snapshots have cleared up. */
  close(): Promise<void>
}

/** Connections at one time; a page has two streams, and asks for little else at once. */
const mostConnections = 128

/**
 * Listens on the loopback address alone, and hands out the page at once; what answers a page that stands is read later. Rejects
 * with an error of Node's (`EADDRINUSE`, or `ENOENT` without a page), or with what is wrong with a recorded snapshot.
 */
export async function startServer(options: ServerOptions): Promise<WebServer> {
  const { port: wanted, pageDirectory, ...rest } = options
  const page = await readPageFiles(pageDirectory)
  const token = randomBytes(24).toString('base64url')
  const ended = new AbortController()
  const signal = AbortSignal.any([options.signal, ended.signal])
  // Every request, watch and trace listens to it.
  setMaxListeners(0, signal)
  const { answers, readAhead } = firstPage({ ...rest, signal })
  let answering: Promise<Answering> | null = null
  const read = (): Promise<Answering> =>
    (answering ??= import('./answering.ts').then(({ createAnswering }) =>
      createAnswering({ ...rest, signal }),
    ))
  // What is wrong with a record is said here, not on a page.
  if (options.source.kind === 'bundle') await read()
  let port = wanted
  let spent = (): void => undefined
  const opened = new Promise<void>((resolve) => (spent = resolve))
  const server = createServer(
    frontDoor(
      createGuard(
        () => port,
        token,
        () => spent(),
      ),
      { page, first: answers, rest: async () => (await read()).listener },
    ),
  )
  boundConnections(server, mostConnections)
  server.listen({ host: '127.0.0.1', port: wanted })
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
  if (options.source.kind === 'cluster') readAhead()
  return {
    url: `http://127.0.0.1:${port}/?token=${token}`,
    opened,
    async close() {
      ended.abort(new Error('podpath ui has ended'))
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
      // What failed to be read was told to whoever asked, and has begun nothing.
      await answering?.then(
        (one) => one.ended(),
        () => undefined,
      )
    },
  }
}
