import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createVpcForwarder } from '../../src/forward/vpc/vpc-forwarder.ts'
import type { VpcOutcome } from '../../src/forward/run/boundaries.ts'
import { openShell, type ShellSession } from '../../src/lab/dataplane/shell-session.ts'
import { openNatGateway } from '../../src/lab/dataplane/nat-gateway.ts'
import { createVpcNetwork, type VpcNetwork } from '../../src/lab/dataplane/vpc-network.ts'
import type { Topology } from '../../src/lab/plan/topology.ts'
import { formatIp, ip } from '../../src/model/address/address.ts'
import type { Packet } from '../../src/model/packet/packet.ts'
import { prefix } from '../../src/model/address/prefix.ts'
import type { Eni, NatGateway, Vpc } from '../../src/model/vpc/vpc.ts'
import { entry, route, rule } from './tutorial-cloud.ts'

/*
 * Two answers to one question. The prediction reads a VPC as EC2 describes it; the lab's router enforces the same VPC
 * in a kernel. For random security groups, network ACLs, route tables and source/destination checks, and real UDP
 * packets with true and false sources, both must agree on where each packet ends and whether its answer comes back. Some
 * subnets leave by a NAT gateway, and that of the gateway itself may be among them.
 */

const hosts = ['1.10', '1.20', '2.10', '2.20', '3.10', '3.20'] as const
const internetAddresses = ['198.51.100.100', '198.51.100.7']
const ports = [53, 80, 443, 8080]
/** From this source port on, a host's packets bear the address of the next host: only an unchecked ENI may send them. */
const forgedPorts = 40000
const forgedBy = (index: number) => hosts[(index + 1) % hosts.length]!
const subnetOf = (host: string) => `subnet-0000000000000000${host[0]}`
const addressOf = (host: string) => `192.168.${host}`
const second = (host: string) => `192.168.${host}5`
/** Its subnet is the first. */
const natGateway: NatGateway = {
  id: 'nat-1',
  subnet: subnetOf('1.'),
  privateAddress: ip('192.168.1.7'),
  publicAddress: ip('203.0.113.77'),
}
const natEni: Eni = {
  id: 'eni-07777777777777777',
  subnet: natGateway.subnet,
  mac: '0e:00:00:00:01:77',
  addresses: [
    {
      address: natGateway.privateAddress,
      primary: true,
      publicAddress: natGateway.publicAddress,
      associationId: null,
    },
  ],
  prefixes: [],
  securityGroups: [],
  sourceDestCheck: false,
  attachment: null,
  description: '',
}
const eniOf = (index: number) => `eni-0${String(index + 1).repeat(16)}`

/** Deterministic, so that a disagreement can be looked at again. */
function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5) >>> 0
    return ((state ^ (state >>> 12)) >>> 0) / 2 ** 32
  }
}

function randomVpc(next: () => number): Vpc {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!
  const chance = (p: number) => next() < p
  const some = <T>(most: number, make: (index: number) => T): T[] =>
    Array.from({ length: Math.floor(next() * (most + 1)) }, (_, index) => make(index))
  const range = () =>
    prefix(
      pick([
        '0.0.0.0/0',
        '192.168.0.0/16',
        '192.168.1.0/24',
        '192.168.2.10/32',
        '192.168.3.0/24',
        '198.51.100.0/24',
      ]),
    )
  const portRange = () => {
    const from = pick([53, 80, 443, 1024])
    return pick([null, { from, to: from }, { from, to: 65535 }, { from: 0, to: 1023 }])
  }
  const protocolAndPorts = () => {
    const protocol = pick([null, 17, 17, 17, 6])
    return { protocol, ports: protocol === null ? null : portRange() }
  }
  const groups = ['sg-1', 'sg-2', 'sg-3']
  const tables = ['rtb-1', 'rtb-2', 'rtb-3']
  return {
    id: 'vpc-1',
    region: 'ap-northeast-2',
    prefixes: [prefix('192.168.0.0/16')],
    subnets: [1, 2, 3].map((n) => ({
      id: subnetOf(`${n}.`),
      prefix: prefix(`192.168.${n}.0/24`),
      zone: 'ap-northeast-2a',
      mapPublicIp: true,
    })),
    interfaces: [
      ...hosts.map((host, index): Eni => ({
        id: eniOf(index),
        subnet: subnetOf(host),
        mac: `0e:00:00:00:01:0${index}`,
        addresses: [
          {
            address: ip(addressOf(host)),
            primary: true,
            publicAddress: index % 2 === 0 ? ip(`203.0.113.${index + 10}`) : null,
            associationId: null,
          },
          { address: ip(second(host)), primary: false, publicAddress: null, associationId: null },
        ],
        prefixes: [],
        securityGroups:
          groups.filter(() => chance(0.4)).length > 0 ? [pick(groups), pick(groups)] : [pick(groups)],
        sourceDestCheck: chance(0.8),
        attachment: { instance: `i-${index}`, deviceIndex: 0 },
        description: '',
      })),
      natEni,
    ],
    routeTables: tables.map((id, index) => ({
      id,
      main: index === 0,
      subnets: index === 0 ? [] : [subnetOf(`${index + 1}.`)],
      routes: [
        route(id, '192.168.0.0/16', { kind: 'local' }),
        ...(chance(0.8)
          ? [
              route(
                id,
                '0.0.0.0/0',
                chance(index === 0 ? 0.1 : 0.6)
                  ? { kind: 'nat-gateway', id: natGateway.id }
                  : { kind: 'internet-gateway', id: 'igw-1' },
              ),
            ]
          : []),
        ...(chance(0.3)
          ? [
              {
                ...route(id, '198.51.100.7/32', { kind: 'nat-gateway', id: 'nat-gone' }),
                state: 'blackhole' as const,
              },
            ]
          : []),
      ],
    })),
    securityGroups: groups.map((id) => ({
      id,
      name: id,
      description: '',
      rules: (['ingress', 'egress'] as const).flatMap((direction) => [
        ...(chance(0.6)
          ? [
              rule({
                id: `sgr-${id}-${direction}-all`,
                direction,
                protocol: null,
                ports: null,
                peer: { kind: 'prefix', prefix: prefix('0.0.0.0/0') },
              }),
            ]
          : []),
        ...some(4, (n) =>
          rule({
            id: `sgr-${id}-${direction}-${n}`,
            direction,
            ...protocolAndPorts(),
            peer: chance(0.4) ? { kind: 'group', id: pick(groups) } : { kind: 'prefix', prefix: range() },
          }),
        ),
      ]),
    })),
    networkAcls: [1, 2, 3].map((n) => ({
      id: `acl-${n}`,
      default: n === 1,
      subnets: [subnetOf(`${n}.`)],
      entries: (['ingress', 'egress'] as const).flatMap((direction) => [
        ...(chance(0.3)
          ? some(3, (index) =>
              entry(`acl-${n}`, {
                number: 10 + index,
                direction,
                action: pick(['allow', 'deny'] as const),
                ...protocolAndPorts(),
                prefix: range(),
              }),
            )
          : []),
        entry(`acl-${n}`, {
          number: 100,
          direction,
          action: chance(0.9) ? 'allow' : 'deny',
          protocol: null,
          prefix: prefix('0.0.0.0/0'),
          ports: null,
        }),
        entry(`acl-${n}`, {
          number: 32767,
          direction,
          action: 'deny',
          protocol: null,
          prefix: prefix('0.0.0.0/0'),
          ports: null,
        }),
      ]),
    })),
    internetGateways: ['igw-1'],
    natGateways: [natGateway],
    instances: [],
  }
}

/** Listens on its addresses, answers what it gets, and sends what it is told; says all it sees. */
const agentSource = `
const dgram = require('node:dgram')
const [addresses, ports] = process.argv.slice(1).map((text) => JSON.parse(text))
const say = (what) => process.stdout.write(JSON.stringify(what) + '\\n')
let open = addresses.length * ports.length
for (const address of addresses) for (const port of ports) {
  const socket = dgram.createSocket('udp4')
  socket.on('message', (text, from) => {
    say({ kind: 'request', id: Number(text), src: from.address })
    socket.send(text, from.port, from.address)
  })
  socket.bind(port, address, () => { if (--open === 0) say({ kind: 'ready' }) })
}
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, bind, sport, dst, dport } = JSON.parse(line)
  const socket = dgram.createSocket('udp4')
  socket.on('error', (error) => say({ kind: 'error', id, error: error.message }))
  socket.on('message', (text) => say({ kind: 'reply', id: Number(text) }))
  socket.bind(sport, bind, () => socket.send(String(id), dport, dst, (error) => {
    if (error) say({ kind: 'error', id, error: error.message })
  }))
  setTimeout(() => socket.close(), 900)
})
`

interface Seen {
  readonly kind: string
  readonly id: number
  readonly at: string
  readonly src?: string
  readonly error?: string
}

let daemon: ShellSession
let network: VpcNetwork
const shells: ShellSession[] = []
const agents = new Map<string, ChildProcess>()
const seen: Seen[] = []

async function startAgent(name: string, pid: number, addresses: readonly string[]): Promise<void> {
  const [program, ...enter] = ['nsenter', '-t', String(pid), '-n'] as const
  const child = spawn(
    program,
    [...enter, process.execPath, '-e', agentSource, JSON.stringify(addresses), JSON.stringify(ports)],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  )
  agents.set(name, child)
  const lines = createInterface({ input: child.stdout })
  const ready = once(lines, 'line')
  lines.on('line', (line) => seen.push({ ...(JSON.parse(line) as Seen), at: name }))
  await ready
}

beforeAll(async () => {
  const vpc = randomVpc(random(1))
  const topology = {
    vpc,
    resolver: '192.168.0.2',
    internet: { names: Object.fromEntries(internetAddresses.map((address, n) => [`host${n}`, address])) },
  } as unknown as Topology
  daemon = openShell('daemon', ['unshare', '--net', 'sh'])
  network = await createVpcNetwork({ topology, guest: ['env'], daemon })
  for (const [index, host] of hosts.entries()) {
    const shell = openShell(host, ['unshare', '--net', 'sh'])
    shells.push(shell)
    // Once it answers, its namespace is its own: before, a wire would end in ours.
    await shell.run(':')
    await network.attach(vpc.interfaces[index]!, 'eth0', shell.pid)
    const set = await shell.run(
      [
        'set -e',
        'sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.eth0.rp_filter=0',
        'ip link set lo up; ip link set eth0 up',
        `ip addr add ${addressOf(host)}/32 dev eth0; ip addr add ${second(host)}/32 dev eth0`,
        `ip route add default via 192.168.${host[0]}.1 dev eth0 onlink`,
        'nft add table ip forge',
        "nft add chain ip forge out '{ type filter hook output priority raw ; }'",
        `nft add rule ip forge out udp sport ${forgedPorts}-65535 ip saddr set ${addressOf(forgedBy(index))}`,
      ].join('\n'),
    )
    expect(set).toMatchObject({ exit: 0 })
    await startAgent(eniOf(index), shell.pid, [addressOf(host), second(host)])
  }
  shells.push(await openNatGateway(network, ['env'], vpc, natGateway))
  await startAgent('internet', network.internet.pid, internetAddresses)
})

afterAll(() => {
  for (const agent of agents.values()) agent.kill()
  for (const shell of shells) shell.close()
  network.close()
  daemon.close()
})

interface Flow {
  readonly id: number
  readonly from: string
  /** What the socket is bound to; `src` is what the packet bears. */
  readonly bind: string
  readonly src: string
  readonly dst: string
  readonly sport: number
  readonly dport: number
}

const udp = (src: string, dst: string, sourcePort: number, destinationPort: number): Packet => ({
  src: ip(src),
  dst: ip(dst),
  protocol: 17,
  ttl: 64,
  sourcePort,
  destinationPort,
  icmpType: null,
  icmpCode: null,
  tcpFlags: null,
  length: 40,
  dontFragment: true,
  tos: 0,
})

/** What the prediction says, in the words in which the agents speak. */
function predicted(vpc: Vpc, flow: Flow): { readonly text: string; readonly by: string } {
  const memory = createVpcForwarder(vpc).newFlow()
  const common = { stack: 'node/x', interface: 'eth0', record: true } as const
  const there = memory.cross({
    ...common,
    eni: flow.from,
    packet: udp(flow.src, flow.dst, flow.sport, flow.dport),
    direction: 'forward',
  })
  const why = (outcome: VpcOutcome) =>
    outcome.kind === 'dropped' || outcome.kind === 'unknown'
      ? `${outcome.kind}: ${outcome.decision.by}`
      : outcome.kind
  if (there.kind !== 'arrives' && there.kind !== 'internet')
    return { text: there.kind === 'dropped' ? 'lost' : 'unknown', by: why(there) }
  const src = formatIp(there.packet.src)
  const at = there.kind === 'arrives' ? there.eni : 'internet'
  const answer = { ...udp(flow.dst, src, flow.dport, flow.sport), destinationPort: there.packet.sourcePort }
  const back =
    there.kind === 'arrives'
      ? memory.cross({ ...common, eni: there.eni, packet: answer, direction: 'reply' })
      : memory.fromInternet({ packet: answer, direction: 'reply', record: true })
  // A port of the NAT gateway's choosing, and a network ACL that speaks of ports.
  if (back.kind === 'unknown') return { text: 'unknown', by: why(back) }
  const returned = back.kind === 'arrives' && back.eni === flow.from && formatIp(back.packet.dst) === flow.src
  return { text: `at ${at} from ${src}, ${returned ? 'answered' : 'not answered'}`, by: why(back) }
}

function observed(flow: Flow): string {
  const mine = seen.filter((one) => one.id === flow.id)
  const failed = mine.find((one) => one.kind === 'error')
  if (failed) return `error ${failed.error}`
  const request = mine.find((one) => one.kind === 'request')
  if (!request) return 'lost'
  const reply = mine.some((one) => one.kind === 'reply')
  return `at ${request.at} from ${request.src}, ${reply ? 'answered' : 'not answered'}`
}

let nextId = 1
let answeredByNatGateway = 0

test.each([11, 12, 13, 14, 15, 16, 17, 18])('seed %i: the router does what was predicted', async (seed) => {
  const next = random(seed)
  const vpc = randomVpc(next)
  await network.change(vpc)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!
  const targets = [
    ...hosts.flatMap((host) => [addressOf(host), second(host)]),
    // Half as many as the hosts have, for the gateways' sake.
    ...[1, 2, 3].flatMap(() => internetAddresses),
    '192.168.2.99',
  ]
  const flows = Array.from({ length: 80 }, (): Flow => {
    const index = Math.floor(next() * hosts.length)
    const host = hosts[index]!
    const id = nextId++
    const dst = pick(targets)
    const own = pick([addressOf(host), addressOf(host), second(host)])
    const forged = next() < 0.15
    return {
      id,
      from: eniOf(index),
      bind: own,
      src: forged ? addressOf(forgedBy(index)) : own,
      dst,
      sport: (forged ? forgedPorts : 20000) + id,
      dport: pick(ports),
    }
  })
  // What a host sends to itself never leaves it; and none takes a packet from outside that bears its own address.
  const hostOf = (address: string) => hosts.find((host) => [addressOf(host), second(host)].includes(address))
  const leaving = flows.filter(
    (flow) => hostOf(flow.dst) === undefined || ![flow.bind, flow.src].map(hostOf).includes(hostOf(flow.dst)),
  )
  for (const flow of leaving) agents.get(flow.from)?.stdin?.write(`${JSON.stringify(flow)}\n`)
  await new Promise((resolve) => setTimeout(resolve, 1000))
  const disagreements = leaving.flatMap((flow) => {
    const prediction = predicted(vpc, flow)
    const seenText = observed(flow)
    return prediction.text === seenText || prediction.text === 'unknown'
      ? []
      : [
          {
            flow: `${flow.from} ${flow.src} > ${flow.dst}:${flow.dport}`,
            predicted: prediction,
            observed: seenText,
          },
        ]
  })
  expect(disagreements).toEqual([])
  const open = leaving.filter((flow) => predicted(vpc, flow).text === 'unknown').length
  expect(open).toBeLessThan(leaving.length / 4)
  const shown = 'at internet from 203.0.113.77, answered'
  answeredByNatGateway += leaving.filter((flow) => observed(flow) === shown).length
  // A round in which nothing passes, or nothing is dropped, would prove little.
  const passed = leaving.filter((flow) => observed(flow) !== 'lost').length
  expect(passed).toBeGreaterThan(0)
  expect(passed).toBeLessThan(leaving.length)
})

test('some of them went by the NAT gateway, and came back', () => {
  expect(answeredByNatGateway).toBeGreaterThan(10)
})
