/** Builds a scenario in real network namespaces, sends its packets, and tells where each of them was seen. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { formatIp6, type Ip6 } from '../../src/model/address/address.ts'
import { fileURLToPath } from 'node:url'
import {
  deviceOf,
  addressOf,
  gatewayOf,
  homeOf,
  nextHop,
  sixOf,
  type Scenario,
  type TestFlow,
} from './scenario.ts'

/** One sighting at one hook of one stack: before everything (pre), after everything (in, post), or as sent (out). */
export interface Seen {
  readonly hook: 'pre' | 'in' | 'post' | 'out'
  readonly stack: number
  readonly device: string
  readonly src: string
  readonly dst: string
  readonly sourcePort: number
  readonly destinationPort: number
}

export interface Observation {
  readonly flow: TestFlow
  readonly sent: string
  readonly forward: readonly Seen[]
  readonly reply: readonly Seen[]
}

export interface Observed {
  readonly files: ReadonlyMap<string, string>
  readonly observations: readonly Observation[]
  /** What `xtables-monitor --trace` printed on each stack, when it was asked for. */
  readonly traces: readonly string[]
  /** What the commands of the extras complained about: such an extra did nothing. */
  readonly complaints: string
}

/** A shell that lives as long as its namespace; commands in, output up to a marker out. */
class Shell {
  readonly #child: ChildProcessWithoutNullStreams
  #text = ''
  #waiting: { readonly marker: string; readonly done: (text: string) => void } | null = null
  #count = 0

  constructor(argv: readonly string[]) {
    this.#child = spawn(argv[0] as string, argv.slice(1), { stdio: 'pipe' })
    this.#child.stdout.setEncoding('utf8').on('data', (more: string) => {
      this.#text += more
      this.#check()
    })
    this.#child.on('exit', () => this.#waiting?.done(this.#text))
    this.#child.stdin.on('error', () => undefined)
  }

  /** What it printed and nobody has taken yet. */
  get text(): string {
    return this.#text
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  #check(): void {
    const waiting = this.#waiting
    if (!waiting) return
    const at = this.#text.indexOf(waiting.marker)
    if (at < 0) return
    const before = this.#text.slice(0, at)
    this.#text = this.#text.slice(at + waiting.marker.length)
    this.#waiting = null
    waiting.done(before)
  }

  run(script: string): Promise<string> {
    const marker = `--done-${++this.#count}--\n`
    return new Promise((done) => {
      this.#waiting = { marker, done }
      this.#child.stdin.write(`{ ${script}\n} 2>&1\necho '${marker.trim()}'\n`)
      this.#check()
    })
  }

  write(text: string): void {
    this.#child.stdin.write(text)
  }

  /** Waits until the output has this many lines that match. */
  lines(pattern: RegExp, count: number, timeoutMs: number): Promise<readonly string[]> {
    const end = Date.now() + timeoutMs
    return new Promise((done) => {
      const look = (): void => {
        const found = this.#text.split('\n').filter((line) => pattern.test(line))
        if (found.length >= count || Date.now() > end) done(found)
        else setTimeout(look, 5)
      }
      look()
    })
  }

  end(): void {
    this.#child.stdin.end()
    this.#child.kill('SIGKILL')
  }
}

const hooks = {
  pre: ['prerouting', -500],
  in: ['input', 300],
  post: ['postrouting', 300],
  out: ['output', -500],
} as const

/** Logs every packet of interest at four hooks, with the name of the hook. */
function oracle(six: boolean): string {
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
class Log {
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
async function settled(logs: readonly Log[]): Promise<void> {
  let before = -1
  for (let i = 0; i < 50; i++) {
    await pause(i === 0 ? 200 : 80)
    const now = logs.reduce((sum, log) => sum + log.size, 0)
    if (now === before) return
    before = now
  }
}

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))

const macOf = (wire: number, end: 'a' | 'b'): string => `02:00:00:00:0${wire}:0${end}`

const base = (scenario: Scenario, stack: number): string => {
  const { wires, stacks } = scenario
  const lines = [
    'ip link set lo up',
    `ip addr add ${homeOf(stack)}/32 dev lo`,
    'for f in all default; do echo 0 > /proc/sys/net/ipv4/conf/$f/rp_filter; done',
    'echo 1 > /proc/sys/net/ipv4/ip_forward',
    ...(scenario.six
      ? [
          'echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad',
          'echo 0 > /proc/sys/net/ipv6/conf/default/accept_ra',
          'echo 1 > /proc/sys/net/ipv6/conf/all/forwarding',
        ]
      : ['echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6']),
    'echo 0 > /proc/sys/net/ipv4/icmp_ratelimit',
    'echo 0 > /proc/sys/net/ipv4/icmp_ratemask',
  ]
  wires.forEach((wire, index) => {
    const end = wire.a === stack ? 'a' : wire.b === stack ? 'b' : null
    if (end === null) return
    lines.push(
      `ip addr add ${addressOf(index, end)}/24 dev ${deviceOf(index)}${scenario.six ? ' nodad' : ''}`,
      `ip link set ${deviceOf(index)} mtu ${wire.mtu} up`,
      // Rules that drop everything drop neighbour discovery too; IPv6 is tried with fixed neighbours.
      ...(scenario.six
        ? [
            `ip neigh replace ${addressOf(index, end === 'a' ? 'b' : 'a')} lladdr ${macOf(index, end === 'a' ? 'b' : 'a')} dev ${deviceOf(index)} nud permanent`,
          ]
        : []),
    )
  })
  for (let other = 0; other < stacks; other++) {
    const next = other === stack ? null : nextHop(wires, stacks, stack, other)
    if (next === null) continue
    const via = gatewayOf(wires, next.wire, stack)
    lines.push(`ip route add ${homeOf(other)} via ${via}`)
    if (other === 0) lines.push(`ip route add default via ${via}`)
    wires.forEach((wire, index) => {
      if (wire.a === stack || wire.b === stack || (wire.a !== other && wire.b !== other)) return
      lines.push(`ip route add 10.${index}.0.0/24 via ${via} 2>/dev/null || true`)
    })
  }
  lines.push(
    'ipset create nets hash:net; ipset add nets 10.0.0.0/16; ipset add nets 10.1.0.0/24; ipset add nets 172.20.0.0/31; ipset add nets 10.0.0.2/32 nomatch',
    'ipset create netports hash:net,port; ipset add netports 10.0.0.0/8,udp:53; ipset add netports 172.20.0.0/16,tcp:80',
    'ipset create hosts hash:ip; ipset add hosts 172.20.1.1; ipset add hosts 10.0.0.1',
  )
  return lines.join('\n')
}

function extras(scenario: Scenario, stack: number): string {
  const mine = scenario.extras.filter((extra) => extra.stack === stack)
  const lines: string[] = []
  for (const backend of ['nft', 'legacy'] as const)
    for (const table of ['raw', 'mangle', 'nat', 'filter', 'security']) {
      const rules = mine.filter(
        (extra) => extra.kind === 'iptables' && extra.table === table && extra.backend === backend,
      )
      // One rule at a time: what iptables refuses (a target where it may not stand) is left out alone.
      for (const rule of rules) {
        const text = rule.text
        if (text.startsWith(':')) {
          const [chain = '', policy = '-'] = text.slice(1).split(' ')
          lines.push(
            policy === '-'
              ? `iptables-${backend} -t ${table} -N ${chain} 2>/dev/null`
              : `iptables-${backend} -t ${table} -P ${chain} ${policy}`,
          )
        } else lines.push(`iptables-${backend} -t ${table} ${text}`)
      }
    }
  for (const extra of mine) {
    if (extra.kind === 'shell') lines.push(extra.text)
    if (extra.kind === 'nft') lines.push(`nft -f - <<'EOF'\n${extra.text}\nEOF`)
  }
  return lines.length === 0 ? 'true' : lines.join('\n')
}

const dumps: Readonly<Record<string, string>> = {
  'link.json': 'ip -json -details link show',
  'addr.json': 'ip -json addr show',
  'rule.json': 'ip -json rule show',
  'route.json': 'ip -4 -json route show table all',
  'rule6.json': 'ip -6 -json rule show',
  'route6.json': 'ip -6 -json route show table all',
  'ip6tables-save.txt': 'ip6tables-nft-save 2>/dev/null; ip6tables-legacy-save 2>/dev/null',
  'neigh.json': 'ip -json neigh show',
  'iptables-save.txt': 'iptables-nft-save 2>/dev/null; iptables-legacy-save 2>/dev/null',
  'ipset-save.txt': 'ipset save',
  'nft.json': 'nft -j list ruleset',
  'sysctl.txt':
    'grep -r "" /proc/sys/net/ipv4/conf /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/ip_default_ttl /proc/sys/net/ipv4/icmp_echo_ignore_all /proc/sys/net/ipv6/icmp/echo_ignore_all /proc/sys/net/ipv6/conf/all/forwarding | sed "s,/proc/sys/,,; s,:, = ,; s,/,.,g"',
}

const agentFile = fileURLToPath(new URL('agent.pl', import.meta.url))
const stackName = (stack: number): string => `node/n${stack}`

/** Builds, sends, looks, and takes everything down again: the namespaces end with their shells. */
export async function observe(scenario: Scenario, traced = false): Promise<Observed> {
  const shells = Array.from({ length: scenario.stacks }, () => new Shell(['unshare', '-n', 'sh']))
  const agents: Shell[] = []
  const logs: Log[] = []
  const monitors: Shell[] = []
  try {
    await Promise.all(shells.map((shell) => shell.run('true')))
    for (const [index, wire] of scenario.wires.entries()) {
      const name = deviceOf(index)
      const { pid } = shells[wire.b] as Shell
      await (shells[wire.a] as Shell).run(
        `ip link add ${name} address ${macOf(index, 'a')} type veth peer name ${name} address ${macOf(index, 'b')} netns ${pid}`,
      )
    }
    const family = scenario.six ? sixOf : (text: string): string => text
    const said = await Promise.all(shells.map((shell, stack) => shell.run(family(base(scenario, stack)))))
    const trouble = said.join('').trim()
    if (trouble !== '') throw new Error(`the scenario could not be built: ${trouble}`)
    const complaints = (
      await Promise.all(shells.map((shell, stack) => shell.run(family(extras(scenario, stack)))))
    ).join('')
    const files = new Map<string, string>()
    await Promise.all(
      shells.map(async (shell, stack) => {
        for (const [file, command] of Object.entries(dumps))
          files.set(`stacks/${stack}/${file}`, await shell.run(command))
        await shell.run(`nft -f - <<'EOF'\n${oracle(scenario.six)}\nEOF`)
      }),
    )
    files.set(
      'bundle.json',
      JSON.stringify({
        version: 1,
        stacks: shells.map((_, stack) => ({ id: stackName(stack), dir: `stacks/${stack}` })),
        wires: scenario.wires.map((wire, index) => ({
          a: [stackName(wire.a), deviceOf(index)],
          b: [stackName(wire.b), deviceOf(index)],
        })),
      }),
    )
    logs.push(...shells.map((shell) => new Log(shell.pid)))
    await Promise.all(logs.map((log) => log.ready()))
    if (traced) {
      for (const shell of shells) {
        for (const chain of ['PREROUTING', 'OUTPUT'])
          await shell.run(`iptables-nft -t raw -I ${chain} -j TRACE`)
        // Line by line also into a pipe, so that nothing is lost when it is ended.
        const argv = ['-t', String(shell.pid), '-n', 'stdbuf', '-oL', 'xtables-monitor', '--trace']
        monitors.push(new Shell(['nsenter', ...argv]))
      }
      await pause(300)
    }
    for (const shell of shells)
      agents.push(new Shell(['nsenter', '-t', String(shell.pid), '-n', 'perl', agentFile]))
    await Promise.all(
      agents.map(async (agent, stack) => {
        const own = scenario.wires.flatMap((wire, index) =>
          wire.a === stack ? [addressOf(index, 'a')] : wire.b === stack ? [addressOf(index, 'b')] : [],
        )
        agent.write(
          `listen ${family([homeOf(stack), '127.0.0.1', ...(scenario.six ? ['::1'] : []), ...own, '10.100.0.1', '10.100.0.2', '10.100.0.3', `10.200.${stack}.1`].join(' '))}\n`,
        )
        await agent.lines(/^ready/, 1, 30_000)
      }),
    )
    for (const flow of scenario.flows)
      (agents[flow.from] as Shell).write(
        `flow ${flow.id} ${flow.protocol} ${family(flow.source ?? '-')} ${family(flow.to)} ${flow.port} ${flow.sourcePort} ${flow.mark} ${flow.length} ${flow.whole ? 1 : 0} ${flow.tos} ${flow.connected ? 1 : 0}\n`,
      )
    const sent = new Map<number, string>()
    await Promise.all(
      agents.map(async (agent, stack) => {
        const count = scenario.flows.filter((flow) => flow.from === stack).length
        for (const line of await agent.lines(/^flow /, count, 30_000)) {
          const [, id, ...rest] = line.split(' ')
          sent.set(Number(id), rest.join(' '))
        }
      }),
    )
    // What a busy machine has not yet scheduled is waited for: servers first, for what they answer, then the logs.
    for (const round of [1, 2])
      await Promise.all(
        agents.map(async (agent) => {
          agent.write('sync\n')
          await agent.lines(/^synced/, round, 30_000)
        }),
      )
    await settled(logs)
    await Promise.all(
      logs.map((log, stack) =>
        log.marked(() => agents[stack]?.write(`mark ${scenario.six ? '::1' : '127.0.0.1'}\n`)),
      ),
    )
    if (traced) await pause(200)
    return {
      files,
      observations: sightings(
        scenario,
        logs.map((log, stack) => packetsOf(log.octets(), namesOf(files, stack))),
        sent,
      ),
      complaints,
      traces: monitors.map((monitor) => monitor.text),
    }
  } finally {
    for (const process of [...agents, ...logs, ...monitors, ...shells]) process.end()
  }
}

interface Logged {
  readonly hook: Seen['hook']
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

const namesOf = (files: ReadonlyMap<string, string>, stack: number): ReadonlyMap<number, string> =>
  new Map(
    (JSON.parse(files.get(`stacks/${stack}/link.json`) ?? '[]') as { ifindex: number; ifname: string }[]).map(
      (link) => [link.ifindex, link.ifname],
    ),
  )

function packetsOf(pcap: Buffer, names: ReadonlyMap<number, string>): readonly Logged[] {
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
    const hook = prefix as Seen['hook']
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

function sightings(
  scenario: Scenario,
  logs: readonly (readonly Logged[])[],
  sent: ReadonlyMap<number, string>,
): readonly Observation[] {
  const empty = (): { forward: Seen[]; reply: Seen[] } => ({ forward: [], reply: [] })
  const byFlow = new Map(scenario.flows.map((flow) => [flow.id, empty()]))
  const byLength = new Map(
    scenario.flows.filter((flow) => flow.protocol !== 'tcp').map((flow) => [flow.length, flow]),
  )
  const bySequence = new Map<number, TestFlow>()
  for (const flow of scenario.flows)
    if (flow.protocol === 'tcp')
      for (const one of logs[flow.from] ?? [])
        if (
          one.hook === 'out' &&
          one.protocol === 'tcp' &&
          one.first === flow.sourcePort &&
          (one.flags & 0x12) === 2
        )
          bySequence.set(one.sequence, flow)
  logs.forEach((log, stack) => {
    for (const one of log) {
      const seen: Seen = {
        hook: one.hook,
        stack,
        device: one.device,
        src: one.src,
        dst: one.dst,
        sourcePort: one.first,
        destinationPort: one.second,
      }
      let flow: TestFlow | undefined
      let reply: boolean
      if (one.protocol === 'tcp') {
        const syn = (one.flags & 0x12) === 2
        reply = (one.flags & 0x12) === 0x12
        flow = syn
          ? bySequence.get(one.sequence)
          : reply
            ? bySequence.get((one.acknowledgement + 4294967295) % 4294967296)
            : undefined
      } else {
        reply = one.protocol === 'icmp' ? one.icmpType === 0 : one.length % 2 === 1
        if (one.protocol === 'icmp' && one.icmpType !== 0 && one.icmpType !== 8) continue
        flow = byLength.get(one.protocol === 'udp' && reply ? one.length + 1 : one.length)
      }
      if (!flow || flow.protocol !== one.protocol) continue
      const list = byFlow.get(flow.id)
      ;(reply ? list?.reply : list?.forward)?.push(seen)
    }
  })
  return scenario.flows.map((flow) => ({
    flow,
    sent: sent.get(flow.id) ?? 'no answer',
    ...(byFlow.get(flow.id) ?? empty()),
  }))
}
