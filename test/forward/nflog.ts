import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { formatIp6, type Ip6 } from '../../src/model/address/address.ts'

/** What the kernel of a stack logs of every packet at four hooks. */

const hooks = {
  pre: ['prerouting', -500],
  in: ['input', 300],
  post: ['postrouting', 300],
  out: ['output', -500],
} as const

/** Logs every packet of interest at four hooks, with the name of the hook. */
export function oracle(six: boolean): string {
  const lines = [`table ${six ? 'ip6' : 'ip'} oracle {`]
  for (const [name, [hook, priority]] of Object.entries(hooks))
    lines.push(
      `chain ${name} { type filter hook ${hook} priority ${priority};`,
      `  meta l4proto { icmp, icmpv6, tcp, udp } log prefix "${name}" group 5 snaplen 128 queue-threshold 1`,
      '}',
    )
  return [...lines, '}'].join('\n')
}

/** What tcpdump writes of an nflog group: pcap with link type NFLOG (www.tcpdump.org/linktypes/LINKTYPE_NFLOG.html). */
export class Log {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #chunks: Buffer[] = []
  #said = ''

  constructor(pid: number) {
    const argv = [
      '-t',
      String(pid),
      '-n',
      'tcpdump',
      '-i',
      'nflog:5',
      '-U',
      '--immediate-mode',
      '-B',
      '16384',
      '-Z',
      'root',
      '-w',
      '-',
    ]
    this.#child = spawn('nsenter', argv, { stdio: 'pipe' })
    this.#child.stdout.on('data', (chunk: Buffer) => this.#chunks.push(chunk))
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#said += text))
  }

  async ready(): Promise<void> {
    for (let i = 0; i < 500 && !this.#said.includes('listening on'); i++) await pause(10)
    if (!this.#said.includes('listening on')) throw new Error(`tcpdump: ${this.#said}`)
  }

  get size(): number {
    return this.#chunks.reduce((sum, chunk) => sum + chunk.length, 0)
  }

  /** Waits for a last datagram of the agent's: what was logged before it has been written then. */
  async marked(mark: () => void): Promise<void> {
    for (let i = 0; i < 3000; i++) {
      if (i % 100 === 0) mark()
      if (this.octets().includes('end of the log')) return
      await pause(10)
    }
    throw new Error(`tcpdump did not see the end of its log: ${this.#said}`)
  }

  octets(): Buffer {
    return Buffer.concat(this.#chunks)
  }

  end(): void {
    this.#child.kill('SIGKILL')
  }
}

/** Waits until nothing more is logged: a busy machine needs longer than an idle one. */
export async function settled(logs: readonly Log[]): Promise<void> {
  let before = -1
  for (let i = 0; i < 50; i++) {
    await pause(i === 0 ? 200 : 80)
    const now = logs.reduce((sum, log) => sum + log.size, 0)
    if (now === before) return
    before = now
  }
}

export const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))
export interface Logged {
  readonly hook: keyof typeof hooks
  readonly device: string
  readonly protocol: 'icmp' | 'udp' | 'tcp'
  readonly length: number
  readonly src: string
  readonly dst: string
  readonly first: number
  readonly second: number
  readonly sequence: number
  readonly acknowledgement: number
  readonly flags: number
  readonly icmpType: number
}

export const namesOf = (files: ReadonlyMap<string, string>, stack: number): ReadonlyMap<number, string> =>
  new Map(
    (JSON.parse(files.get(`stacks/${stack}/link.json`) ?? '[]') as { ifindex: number; ifname: string }[]).map(
      (link) => [link.ifindex, link.ifname],
    ),
  )

export function packetsOf(pcap: Buffer, names: ReadonlyMap<number, string>): readonly Logged[] {
  const found: Logged[] = []
  let at = 24
  while (at + 16 <= pcap.length) {
    const size = pcap.readUInt32LE(at + 8)
    const packet = pcap.subarray(at + 16, at + 16 + size)
    at += 16 + size
    let prefix = ''
    let inIndex = 0
    let outIndex = 0
    let payload: Buffer | null = null
    for (let i = 4; i + 4 <= packet.length;) {
      const length = packet.readUInt16LE(i)
      if (length < 4) break
      const value = packet.subarray(i + 4, i + length)
      const type = packet.readUInt16LE(i + 2)
      if (type === 10) prefix = value.toString('latin1').replace(/\0.*$/, '')
      else if (type === 4) inIndex = value.readUInt32BE(0)
      else if (type === 5) outIndex = value.readUInt32BE(0)
      else if (type === 9) payload = value
      i += (length + 3) & ~3
    }
    if (payload === null || payload.length < 28) continue
    const six = payload[0]! >> 4 === 6
    // Parts of a packet are not the packet.
    if (!six && (payload.readUInt16BE(6) & 0x3fff) !== 0) continue
    const header = six ? 40 : (payload[0]! & 15) * 4
    const address = (offset: number): string =>
      six
        ? formatIp6(BigInt(`0x${payload!.subarray(offset, offset + 16).toString('hex')}`) as Ip6)
        : [...payload!.subarray(offset, offset + 4)].join('.')
    const number = payload[six ? 6 : 9]
    const protocol =
      number === 1 || number === 58 ? 'icmp' : number === 6 ? 'tcp' : number === 17 ? 'udp' : null
    if (protocol === null || payload.length < header + 8) continue
    const hook = prefix as Logged['hook']
    const icmpType = protocol === 'icmp' ? payload[header]! : 0
    found.push({
      hook,
      device: names.get(hook === 'pre' || hook === 'in' ? inIndex : outIndex) ?? '?',
      protocol,
      length: six ? payload.readUInt16BE(4) + 40 : payload.readUInt16BE(2),
      src: address(six ? 8 : 12),
      dst: address(six ? 24 : 16),
      first: protocol === 'icmp' ? payload.readUInt16BE(header + 4) : payload.readUInt16BE(header),
      second: protocol === 'icmp' ? 0 : payload.readUInt16BE(header + 2),
      sequence: protocol === 'tcp' ? payload.readUInt32BE(header + 4) : 0,
      acknowledgement: protocol === 'tcp' ? payload.readUInt32BE(header + 8) : 0,
      flags: protocol === 'tcp' ? payload[header + 13]! : 0,
      icmpType: icmpType === 128 ? 8 : icmpType === 129 ? 0 : six && icmpType <= 8 ? 255 : icmpType,
    })
  }
  return found
}
