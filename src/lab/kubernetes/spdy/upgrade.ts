import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { badRequest, StatusError } from '../status.ts'

/** Whether a request wants its connection to go on in SPDY. */
export const asksSpdy = (request: IncomingMessage): boolean =>
  (request.headers.upgrade ?? '').toLowerCase() === 'spdy/3.1'

/**
 * The first of the client's protocols that is one of ours. A StatusError when there is none
 * (apimachinery/pkg/util/httpstream, Handshake).
 */
export function negotiate<Protocol extends string>(
  request: IncomingMessage,
  ours: readonly Protocol[],
): Protocol {
  const offered = String(request.headers['x-stream-protocol-version'] ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')
  if (offered.length === 0) throw badRequest('unable to upgrade: X-Stream-Protocol-Version is required')
  for (const one of offered) {
    const chosen = ours.find((known) => known === one)
    if (chosen !== undefined) return chosen
  }
  throw new StatusError(
    'Forbidden',
    `unable to upgrade: unable to negotiate protocol: client supports [${offered.join(' ').slice(0, 200)}], server accepts [${ours.join(' ')}]`,
  )
}

/** Answers the request: from here on the connection speaks SPDY. */
export function switchToSpdy(socket: Duplex, head: Buffer, protocol: string): void {
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: ${protocol}\r\n\r\n`,
  )
  if (head.length > 0) socket.unshift(head)
}
