import { randomBytes } from 'node:crypto'
import { once, setMaxListeners } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Answering, AnsweringOptions } from './answering.ts'
import { frontDoor } from './front-door.ts'
import { createGuard } from './guard.ts'
import { readPageFiles } from './page-files.ts'

export interface ServerOptions extends AnsweringOptions {
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

/**
 * Listens on the loopback address alone, and hands out the page at once; what it asks is answered as soon as what answers is
 * read. Rejects with an error of Node's (`EADDRINUSE`, or `ENOENT` without a page), or with what is wrong with a recorded
 * snapshot.
 */
export async function startServer(options: ServerOptions): Promise<WebServer> {
  const { port: wanted, pageDirectory, ...rest } = options
  const page = await readPageFiles(pageDirectory)
  const token = randomBytes(24).toString('base64url')
  const ended = new AbortController()
  const signal = AbortSignal.any([options.signal, ended.signal])
  // Every request, watch and trace listens to it.
  setMaxListeners(0, signal)
  let port = wanted
  const read = async (): Promise<Answering> =>
    (await import('./answering.ts')).createAnswering({ ...rest, signal })
  // What is wrong with a record is said here, not on a page.
  const recorded = options.source.kind === 'bundle' ? await read() : null
  const server = createServer(
    frontDoor(
      createGuard(() => port, token),
      page,
      () => answering,
    ),
  )
  server.listen({ host: '127.0.0.1', port: wanted })
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
  const answering = recorded ? Promise.resolve(recorded) : read()
  // Every request is told of it.
  answering.catch(() => undefined)
  return {
    url: `http://127.0.0.1:${port}/?token=${token}`,
    async close() {
      ended.abort(new Error('podpath ui has ended'))
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
      await answering.then(
        (one) => one.ended(),
        () => undefined,
      )
    },
  }
}
