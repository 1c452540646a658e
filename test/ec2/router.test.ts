import { afterAll, beforeAll, expect, test } from 'vitest'
import { createVpcForwarder } from '../../src/forward/vpc/vpc-forwarder.ts'
import type { VpcOutcome } from '../../src/forward/run/boundaries.ts'
import { openShell, type ShellSession } from '../../src/lab/dataplane/shell-session.ts'
import { openNatGateway } from '../../src/lab/dataplane/vpc/nat-gateway.ts'
import { createVpcNetwork, type VpcNetwork } from '../../src/lab/dataplane/vpc/vpc-network.ts'
import type { Topology } from '../../src/lab/plan/topology.ts'
import { formatIp, ip } from '../../src/model/address/address.ts'
import type { Packet } from '../../src/model/packet/packet.ts'
import type { Vpc } from '../../src/model/vpc/vpc.ts'
import {
  addressOf,
  eniOf,
  forgedBy,
  forgedPorts,
  hosts,
  internetAddresses,
  natGateway,
  ports,
  random,
  randomVpc,
  second,
} from './random-vpc.ts'
import { agents, seen, startAgent } from './udp-agent.ts'

/*
 * Two answers to one question. The prediction reads a VPC as EC2 describes it; the lab's router enforces the same VPC
 * in a kernel. For random security groups, network ACLs, route tables and source/destination checks, and real UDP
 * packets with true and false sources, both must agree on where each packet ends and whether its answer comes back. Some
 * subnets leave by a NAT gateway, and that of the gateway itself may be among them.
 */

let daemon: ShellSession
let network: VpcNetwork
const shells: ShellSession[] = []

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
