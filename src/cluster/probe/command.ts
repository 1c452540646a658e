import { randomInt } from 'node:crypto'
import type { Argv } from '../../exec/runner.ts'
import type { ProbeProtocol } from '../../model/result/result.ts'
import type { ProbeMarks } from '../../model/result/probed.ts'
import { payloadDigest } from '../../wire/transport/payload-digest.ts'
import { ClusterError } from '../api/cluster-error.ts'
import { askCommand, connectCommand } from './script.ts'

export interface ProbeRequest {
  readonly protocol: ProbeProtocol
  /** An address or a host name; for `dns`, the server to ask, or null for the pod's own resolver. */
  readonly target: string | null
  /** What the name of `target` was looked up as: it is sent there, and nobody is asked for it again. */
  readonly address?: string
  /** Absent: 80 for http and tcp, 53 for dns; udp has none. */
  readonly port?: number
  readonly count: number
  /** Octets of the ICMP payload. */
  readonly size?: number
  /** Milliseconds to wait for each answer. */
  readonly timeoutMs: number
  /** Milliseconds between pings. */
  readonly intervalMs?: number
  /**
   * 32 hexadecimal digits by which a capture tells this probe from all others: what a ping's payload repeats, and what a datagram says.
   * Absent: ping's own pattern, and a datagram that others may send as well.
   */
  readonly nonce?: string
  /** http: the path, beginning with a slash. */
  readonly path?: string
  /** dns: the name to ask for. */
  readonly name?: string
}

/** What runs on the far side. `repeat` is how often; ping counts for itself. */
export interface ProbeCommand {
  readonly command: Argv
  readonly repeat: number
  /** Milliseconds after which it must have ended by itself. */
  readonly atMostMs: number
  /** What is known beforehand of the packets that it sends. */
  readonly marks: ProbeMarks
}

/** Milliseconds; the tutorial's ping waits a second, which proves nothing more. */
const defaultInterval = 200
const mostCount = 1_000
const mostTimeout = 300_000
/** Milliseconds for finding the namespace, starting programs and resolving names. */
const overhead = 15_000

/** The command of a probe, of words that were checked. Throws a ClusterError of code `bad-endpoint`. */
export function probeCommand(request: ProbeRequest): ProbeCommand {
  const { protocol, timeoutMs } = request
  within('count', request.count, 1, mostCount)
  within('timeout', timeoutMs, 1, mostTimeout)
  const seconds = Math.max(1, Math.ceil(timeoutMs / 1000))
  const name = request.target === null ? null : checked(request.target)
  const address = request.address === undefined ? null : checked(request.address)
  const target = address ?? name
  const nonce = request.nonce
  if (nonce !== undefined && !/^[0-9a-f]{32}$/.test(nonce)) throw wrong('a nonce is 32 hexadecimal digits')
  const each = (command: Argv, marks: ProbeMarks = {}): ProbeCommand => ({
    command,
    repeat: request.count,
    atMostMs: request.count * seconds * 1000 + overhead,
    marks,
  })
  switch (protocol) {
    case 'icmp': {
      const interval = request.intervalMs ?? defaultInterval
      within('interval', interval, 1, 60_000)
      return {
        command: pingCommand(request, needed(target), seconds, interval),
        repeat: 1,
        atMostMs: request.count * interval + seconds * 1000 + overhead,
        marks: nonce === undefined ? {} : { tags: [digestOf(Buffer.from(nonce, 'hex'))] },
      }
    }
    case 'tcp':
      return each(connectCommand(needed(target), port(request.port ?? 80), seconds))
    case 'udp':
      if (request.port === undefined) throw wrong('a udp probe needs a port')
      return nonce === undefined
        ? each(askCommand(needed(target), port(request.port), seconds, 'podpath'))
        : each(askCommand(needed(target), port(request.port), seconds, datagram(nonce)), {
            payloadDigest: digestOf(Buffer.from(`${datagram(nonce)}\n`)),
          })
    case 'http': {
      const ports = ownPorts(request.count)
      return each(
        curlCommand(needed(name), address, port(request.port ?? 80), request.path ?? '/', seconds, ports),
        {
          sourcePorts: [ports],
        },
      )
    }
    case 'dns':
      return each(digCommand(name, port(request.port ?? 53), checked(request.name ?? ''), seconds))
  }
}

/** Ports that no kernel gives away by itself (ip_local_port_range ends at 60999), twice as many as are needed: some still wait. */
function ownPorts(count: number): readonly [number, number] {
  const many = Math.max(64, 2 * count)
  const first = randomInt(61_000, 65_536 - many)
  return [first, first + many - 1]
}

/** Shorter than the header of a DNS message (RFC 1035, 4.1.1: 12 octets), a line's end included: a resolver does not take it for a question. */
const datagram = (nonce: string): string =>
  `podpath${Buffer.from(nonce, 'hex').toString('base64url').slice(0, 3)}`

const digestOf = (octets: Buffer): number =>
  payloadDigest(
    new DataView(octets.buffer, octets.byteOffset, octets.length),
    0,
    octets.length,
    octets.length,
  )

const wrong = (message: string): ClusterError => new ClusterError('bad-endpoint', message)

function within(what: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most)
    throw wrong(`the ${what} of a probe is a whole number from ${least} to ${most}`)
}

function port(value: number): number {
  within('port', value, 1, 65_535)
  return value
}

function needed(target: string | null): string {
  if (target === null) throw wrong('a probe needs a target')
  return target
}

/** Programs take a word that begins with a dash for an option; names and addresses never do. */
function checked(target: string): string {
  if (target.length <= 253 && /^[A-Za-z0-9_:][A-Za-z0-9_.:-]*$/.test(target)) return target
  throw wrong(`${JSON.stringify(target.slice(0, 80))} is neither an address nor a host name`)
}

function pingCommand(request: ProbeRequest, target: string, seconds: number, intervalMs: number): Argv {
  if (request.size !== undefined) within('size', request.size, 0, 65_507)
  return [
    'ping',
    '-n',
    '-c',
    String(request.count),
    '-i',
    String(intervalMs / 1000),
    '-W',
    String(seconds),
    ...(request.size === undefined ? [] : ['-s', String(request.size)]),
    ...(request.nonce === undefined ? [] : ['-p', request.nonce]),
    target,
  ]
}

/** What curl tells of a transfer; read-curl.ts reads it. */
const writeOut =
  '%{stderr}#podpath http %{http_code} %{remote_ip} %{local_ip} %{local_port} %{time_connect} %{time_total}\n'

function curlCommand(
  host: string,
  address: string | null,
  toPort: number,
  path: string,
  seconds: number,
  ports: readonly [number, number],
): Argv {
  if (!/^\/[\x21-\x7e]{0,1000}$/.test(path))
    throw wrong('the path of an http probe begins with a slash and has no blanks')
  const name = host.includes(':') ? `[${host}]` : host
  return [
    'curl',
    // First: no configuration file of the image or the node has a say.
    '-q',
    '-sS',
    '--noproxy',
    '*',
    '--globoff',
    '--connect-timeout',
    String(seconds),
    '--max-time',
    String(seconds),
    '--local-port',
    ports.join('-'),
    '-A',
    'podpath',
    '-w',
    writeOut,
    ...(address === null || address === host ? [] : ['--resolve', `${host}:${toPort}:${address}`]),
    `http://${name}${toPort === 80 ? '' : `:${toPort}`}${path}`,
  ]
}

const digCommand = (server: string | null, toPort: number, name: string, seconds: number): Argv => [
  'dig',
  '-r',
  ...(server === null ? [] : [`@${server}`]),
  '-p',
  String(toPort),
  '+tries=1',
  // The question is shown as it is sent: its id is in it.
  '+qr',
  `+time=${seconds}`,
  // The search list of resolv.conf, as a program in the pod would.
  ...(server === null ? ['+search'] : []),
  '-q',
  name,
  '-t',
  'A',
]
