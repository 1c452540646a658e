/** Pieces of routing, neighbours, connections and sysctls that may be much to work out; and of whole rows of stacks. */
import type { Random } from '../../forward/random.ts'
import { addLink, addRules, newStack, node, web, type Draft } from './draft.ts'
import type { StackPiece } from './filter-pieces.ts'

const upTo = (size: number): readonly number[] => [...Array(size).keys()]

const rules: StackPiece = (stack, size, random) => {
  const selector = (i: number): string =>
    random.of([
      `from all fwmark 0x${(i % 999).toString(16)}/0x${(1 << (i % 31)).toString(16)}`,
      `from all ipproto tcp sport ${32768 + i}-${40000 + i}`,
      `from all ipproto tcp dport ${i % 65536}`,
      `from all uidrange ${i}-${i + 1000}`,
      `from 10.0.0.0/${1 + (i % 30)}`,
      `not from all to 10.0.0.0/${1 + (i % 30)}`,
      'from all iif left',
      'from all strange 1',
    ])
  const kind = random()
  const one = selector(3)
  for (const i of upTo(size)) {
    const action =
      kind < 0.4 ? `lookup ${1000 + (i % 50)}` : random.of([`lookup ${1000 + i}`, `goto ${2 + i}`, 'nop'])
    stack.rules.push(`${1 + i}: ${random.chance(0.5) ? one : selector(i)} ${action}`)
  }
  stack.rules.sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))
  for (const i of upTo(Math.ceil(size / 4)))
    stack.routes.push(
      `10.0.0.0/${1 + (i % 32)} dev lo table ${1000 + i} metric ${i}`,
      ...(random.chance(0.5) ? [`throw default table ${1000 + i}`] : []),
    )
}

/** Next hops of one route, and routes of one prefix that give way to each other. */
const manyHops: StackPiece = (stack, size, random) => {
  const device = [...stack.links.keys()].at(-1) ?? 'lo'
  const gateway = stack.id === node ? '10.1.0.2' : '10.0.0.2'
  const hops = upTo(size)
    .map(
      (i) =>
        ` nexthop via ${random.chance(0.9) ? gateway : `10.1.0.${i % 255}`} dev ${device} weight ${1 + (i % 200)}`,
    )
    .join('')
  stack.routes.unshift(`10.1.0.2${random.chance(0.5) ? ' tos 0x10' : ''} proto static metric 1${hops}`)
  if (random.chance(0.5))
    for (const i of upTo(size))
      stack.routes.push(`10.1.0.0/${8 + (i % 24)} via 10.0.9.9 dev gone${i} metric ${i}`)
}

const manyAddresses: StackPiece = (stack, size, random) => {
  for (const { addresses } of stack.links.values())
    for (const i of upTo(size)) addresses.push(`10.77.${i >> 8}.${i & 255}/${24 + (i % 8)}`)
  stack.sysctls.push(
    `net.ipv4.conf.all.arp_ignore = ${random.int(9)}`,
    `net.ipv4.conf.all.arp_announce = ${random.int(3)}`,
    'net.ipv4.conf.all.proxy_arp = 1',
  )
}

const manyLinks: StackPiece = (stack, size) => {
  for (const i of upTo(Math.ceil(size / 4))) addLink(stack, `l${i}`, `10.${128 + (i >> 8)}.${i & 255}.1/24`)
}

const neighbours: StackPiece = (stack, size, random) => {
  for (const i of upTo(size))
    stack.neighbours.push({
      dst: `10.1.${i >> 8}.${i & 255}`,
      dev: random.of([...stack.links.keys()]),
      lladdr: '02:00:00:00:01:01',
      state: [random.of(['REACHABLE', 'FAILED', 'STALE'])],
    })
}

const connections: StackPiece = (stack, size, random) => {
  for (const i of upTo(size)) {
    const port = 32768 + (i % 28_000)
    const mark = random.chance(0.3) ? ` mark=${i}` : ''
    stack.connections.push(
      `tcp 6 86399 ESTABLISHED src=10.0.0.1 dst=10.1.0.2 sport=${port} dport=80 src=10.1.0.2 dst=10.0.0.1 sport=80 dport=${port} [ASSURED]${mark} use=1`,
    )
  }
}

const sysctls: StackPiece = (stack, size, random) => {
  for (const i of upTo(size)) stack.sysctls.push(`net.ipv4.conf.left${i}.rp_filter = ${i % 3}`)
  for (const name of stack.links.keys()) {
    stack.sysctls.push(`net.ipv4.conf.${name}.rp_filter = ${random.int(3)}`)
    stack.sysctls.push(`net.ipv4.conf.${name}.accept_local = 1`)
  }
}

export const routingPieces: readonly StackPiece[] = [
  rules,
  rules,
  manyHops,
  manyAddresses,
  manyLinks,
  neighbours,
  connections,
  sysctls,
]

/** Adds whole stacks. */
export type FabricPiece = (draft: Draft, size: number, random: Random) => void

/** Between the client and the node: stacks with two wires from each to the next, so that ways double with each. */
const diamonds: FabricPiece = (draft, size, random) => {
  const count = 1 + Math.min(60, Math.ceil(size / 8))
  const client = draft.stacks.find(({ id }) => id === web)
  const first = draft.stacks.find(({ id }) => id === node)
  if (!client || !first) return
  const row = upTo(count).map((i) => newStack(`router-${draft.stacks.length + i}`))
  const wires = 2 + random.int(2)
  const ends = [client, ...row, first]
  for (const [i, near] of ends.slice(0, -1).entries()) {
    const far = ends[i + 1]
    if (!far) continue
    const hops: string[] = []
    for (const k of upTo(wires)) {
      const network = `10.${100 + (i % 100)}.${k}`
      addLink(near, `d${i}${k}`, `${network}.1/24`)
      addLink(far, `u${i}${k}`, `${network}.2/24`)
      draft.wires.push([near.id, `d${i}${k}`, far.id, `u${i}${k}`])
      hops.push(`nexthop via ${network}.2 dev d${i}${k} weight 1`)
      // The way back, by one of them or by chance.
      if (k === 0 || random.chance(0.2))
        far.routes.push(`10.0.0.0/24 via ${network}.1 dev u${i}${k} metric ${1 + k}`)
    }
    near.routes.unshift(`10.1.0.0/24 ${hops.join(' ')}`)
  }
  draft.stacks.splice(1, 0, ...row)
}

/** Client and node hand the packet to each other, and its time to live is set anew each time. */
const circles: FabricPiece = (draft, size, random) => {
  const first = draft.stacks.find(({ id }) => id === node)
  if (!first) return
  first.routes.unshift('10.1.0.2 via 10.0.0.1 dev left')
  for (const stack of draft.stacks) {
    stack.sysctls.push('net.ipv4.conf.eth0.accept_local = 1')
    if (random.chance(0.8)) addRules(stack, 'mangle', 'PREROUTING', ['-j TTL --ttl-set 255'])
    for (const i of upTo(Math.min(size, 40)))
      addRules(stack, 'mangle', random.of(['PREROUTING', 'FORWARD']), [
        `-m statistic --mode random --probability 0.3 -j MARK --set-xmark 0x${(1 << (i % 31)).toString(16)}/0x0`,
      ])
  }
}

/** As many stacks as fit: what holds all of them against each other is the square of that. */
const crowd: FabricPiece = (draft, size) => {
  const first = draft.stacks.find(({ id }) => id === node)
  for (const _ of upTo(Math.ceil(size / 6))) {
    const i = draft.stacks.length
    const pod = newStack(`pod/default/p${i}`)
    addLink(pod, 'eth0', `10.3.${i & 255}.2/24`)
    pod.routes.push(`default via 10.3.${i & 255}.1 dev eth0`)
    draft.stacks.push(pod)
    draft.wires.push([pod.id, 'eth0', node, `veth${i}`])
    if (first) addLink(first, `veth${i}`, `10.3.${i & 255}.1/24`)
  }
}

export const fabricPieces: readonly FabricPiece[] = [diamonds, circles, crowd]
