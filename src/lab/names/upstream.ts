import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { connect } from 'node:net'
import { dnsAt } from '../../wire/dns/message.ts'
import { framed } from './dns-server.ts'
import { questionEnd } from './raw-answer.ts'

export interface UpstreamServer {
  readonly address: string
  readonly port: number
}

/** How long one try may take, milliseconds. */
const tryMs = 2_000

/**
 * Asks the servers in turn until one answers; over UDP, and again over TCP when the answer was cut. The query's
 * octets go out as they are, under an id and from a port of their own. Rejects when none answers.
 */
export async function askUpstream(
  query: Uint8Array,
  servers: readonly UpstreamServer[],
): Promise<Uint8Array> {
  const problems: unknown[] = []
  for (const server of servers) {
    const asked = query.slice()
    new DataView(asked.buffer).setUint16(dnsAt.id, randomInt(0x10000))
    try {
      const answer = await overUdp(asked, server)
      return ((answer[dnsAt.flags] ?? 0) & 0x02) === 0 ? answer : await overTcp(asked, server)
    } catch (problem) {
      problems.push(problem)
    }
  }
  throw new AggregateError(problems, `no answer from ${servers.map(({ address }) => address).join(', ')}`)
}

function overUdp(query: Uint8Array, { address, port }: UpstreamServer): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4')
    const settle = (end: () => void): void => {
      clearTimeout(timer)
      socket.removeAllListeners().on('error', () => undefined)
      socket.close()
      end()
    }
    const timer = setTimeout(
      () => settle(() => reject(new Error(`${address} did not answer over UDP in ${tryMs} ms`))),
      tryMs,
    )
    socket.on('error', (error) => settle(() => reject(error)))
    // A connected socket takes datagrams of its peer alone.
    socket.connect(port, address, () => {
      socket.send(query)
    })
    socket.on('message', (answer) => {
      if (answers(query, answer)) settle(() => resolve(Uint8Array.from(answer)))
    })
  })
}

function overTcp(query: Uint8Array, { address, port }: UpstreamServer): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, address)
    let held = new Uint8Array(0)
    const settle = (end: () => void): void => {
      socket.destroy()
      end()
    }
    socket.setTimeout(tryMs, () =>
      settle(() => reject(new Error(`${address} did not answer over TCP in ${tryMs} ms`))),
    )
    socket.on('error', (error) => settle(() => reject(error)))
    socket.on('end', () =>
      settle(() => reject(new Error(`${address} ended the TCP connection without an answer`))),
    )
    socket.on('connect', () => {
      socket.write(framed(query))
    })
    socket.on('data', (chunk) => {
      held = Uint8Array.from([...held, ...chunk])
      const length = ((held[0] ?? 0) << 8) | (held[1] ?? 0)
      if (held.length < 2 || held.length < 2 + length) return
      const answer = held.slice(2, 2 + length)
      settle(() =>
        answers(query, answer) ? resolve(answer) : reject(new Error(`${address} answered something else`)),
      )
    })
  })
}

/** Is it a response with the query's id and question? Letters may come back in another case. */
function answers(query: Uint8Array, answer: Uint8Array): boolean {
  const end = questionEnd(query)
  if (end === undefined || answer.length < end || ((answer[dnsAt.flags] ?? 0) & 0x80) === 0) return false
  if (answer[0] !== query[0] || answer[1] !== query[1]) return false
  const lower = (octet = 0): number => (octet >= 0x41 && octet <= 0x5a ? octet + 0x20 : octet)
  for (let at: number = dnsAt.payload; at < end; at++)
    if (lower(query[at]) !== lower(answer[at])) return false
  return true
}
