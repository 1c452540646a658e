import {
  createServer as createPlain,
  type IncomingMessage,
  type ServerResponse,
  type Server,
} from 'node:http'
import { createServer as createSecure } from 'node:https'
import type { AddressInfo } from 'node:net'
import { WebSocketServer, type WebSocket } from 'ws'
import type { Pki } from '../../src/lab/kubernetes/pki.ts'

/** What a request is answered with. */
export type Answer = (request: IncomingMessage, response: ServerResponse) => void

export interface HostileServer {
  /** `http://127.0.0.1:…` */
  readonly origin: string
  /** What was asked, in order. */
  readonly asked: readonly IncomingMessage[]
  stop(): Promise<void>
}

/**
 * A server on the loopback interface that answers as it likes.
 * @param run what an exec says; absent: nobody may exec
 */
export async function hostileServer(
  answer: Answer,
  tls?: Pki,
  run?: (exec: WebSocket) => void,
): Promise<HostileServer> {
  const asked: IncomingMessage[] = []
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    asked.push(request)
    // Whoever has heard enough hangs up.
    response.on('error', () => undefined)
    answer(request, response)
  }
  const server: Server = tls
    ? createSecure({ cert: tls.certificate, key: tls.privateKey }, listener)
    : createPlain(listener)
  if (run)
    new WebSocketServer({ server, handleProtocols: () => 'v5.channel.k8s.io' }).on('connection', (exec) => {
      exec.on('error', () => undefined)
      run(exec)
    })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Writes a text over and over until the other side hangs up. */
export function forEver(response: ServerResponse, text: string): void {
  const more = (): void => {
    while (!response.destroyed && response.write(text));
  }
  response.on('drain', more)
  more()
}
