/**
 * A bundle that is being thought up: three stacks in a row, as text. Pieces add to it; `filesOf` writes it down.
 * web 10.0.0.1 - 10.0.0.2 node 10.1.0.1 - 10.1.0.2 db; with `ec2`, a second node stands behind a VPC and has db.
 */

/** Rules of one table of iptables. Chains of its own are those that rules were added to. */
type Table = Map<string, string[]>

export interface StackDraft {
  readonly id: string
  readonly links: Map<string, { readonly addresses: string[]; readonly mac: string }>
  readonly rules: string[]
  readonly routes: string[]
  readonly iptables: Map<string, Table>
  /** Items of `nft -j list ruleset` that come before the rules. */
  readonly nft: object[]
  readonly nftRules: object[]
  readonly sets: string[]
  readonly connections: string[]
  readonly neighbours: object[]
  readonly sysctls: string[]
}

export interface Draft {
  readonly stacks: StackDraft[]
  readonly wires: (readonly [string, string, string, string])[]
  /** By name of the file in `kubernetes/`. */
  readonly kubernetes: Map<string, object[]>
  /** By name of the file in `ec2/`, under EC2's own name of the list. */
  readonly ec2: Map<string, { readonly list: string; readonly items: object[] }>
}

export const web = 'pod/default/web'
export const node = 'node/n1'
export const secondNode = 'node/n2'
export const db = 'pod/default/db'

export function newStack(id: string): StackDraft {
  return {
    id,
    links: new Map([['lo', { addresses: ['127.0.0.1/8'], mac: '00:00:00:00:00:00' }]]),
    rules: ['0: from all lookup local', '32766: from all lookup main', '32767: from all lookup default'],
    routes: [],
    iptables: new Map(),
    nft: [],
    nftRules: [],
    sets: [],
    connections: [],
    neighbours: [],
    sysctls: ['net.ipv4.ip_forward = 1', 'net.ipv4.conf.all.rp_filter = 0'],
  }
}

export function addLink(stack: StackDraft, name: string, address: string): void {
  const number = (stack.links.size + 256 * stack.id.length).toString(16).padStart(4, '0')
  const mac = `02:00:00:00:${number.slice(0, 2)}:${number.slice(2)}`
  stack.links.set(name, { addresses: [address], mac })
  const [own = ''] = address.split('/')
  const network = `${own.split('.').slice(0, 3).join('.')}.0/24`
  stack.routes.push(
    `local ${own} dev ${name} table local proto kernel scope host src ${own}`,
    `${network} dev ${name} proto kernel scope link src ${own}`,
  )
}

/** Packets get through it, and back. */
export function plainDraft(behindVpc: boolean): Draft {
  const draft: Draft = { stacks: [], wires: [], kubernetes: new Map(), ec2: new Map() }
  const [client, first, server] = [newStack(web), newStack(node), newStack(db)]
  addLink(client, 'eth0', '10.0.0.1/24')
  client.routes.push('default via 10.0.0.2 dev eth0')
  addLink(first, 'left', '10.0.0.2/24')
  addLink(server, 'eth0', '10.1.0.2/24')
  server.routes.push('default via 10.1.0.1 dev eth0')
  draft.wires.push([web, 'eth0', node, 'left'])
  draft.stacks.push(client, first)
  if (behindVpc) {
    const second = newStack(secondNode)
    addLink(first, 'ens5', '10.2.0.10/24')
    addLink(second, 'ens5', '10.2.0.11/24')
    addLink(second, 'right', '10.1.0.1/24')
    first.routes.push('default via 10.2.0.1 dev ens5')
    second.routes.push('default via 10.2.0.1 dev ens5')
    draft.wires.push([node, 'ens5', 'vpc/vpc-1', 'eni-1'], [secondNode, 'ens5', 'vpc/vpc-1', 'eni-2'])
    draft.wires.push([secondNode, 'right', db, 'eth0'])
    draft.stacks.push(second)
  } else {
    addLink(first, 'right', '10.1.0.1/24')
    draft.wires.push([node, 'right', db, 'eth0'])
  }
  draft.stacks.push(server)
  return draft
}

export function addRules(stack: StackDraft, table: string, chain: string, rules: readonly string[]): void {
  const chains = stack.iptables.get(table) ?? new Map<string, string[]>()
  stack.iptables.set(table, chains)
  const known = chains.get(chain) ?? []
  chains.set(chain, known)
  known.push(...rules.map((rule) => `-A ${chain} ${rule}`))
}

export function addObjects(draft: Draft, name: string, items: readonly object[]): void {
  const known = draft.kubernetes.get(name) ?? []
  draft.kubernetes.set(name, known)
  known.push(...items)
}

export function addEc2(draft: Draft, name: string, list: string, items: readonly object[]): void {
  const known = draft.ec2.get(name) ?? { list, items: [] }
  draft.ec2.set(name, known)
  known.items.push(...items)
}

const builtIn: Readonly<Record<string, readonly string[]>> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
}

export const savedTables = (tables: StackDraft['iptables']): string =>
  [...tables]
    .map(([name, chains]) => {
      const own = builtIn[name] ?? []
      const users = [...chains.keys()].filter((chain) => !own.includes(chain))
      return [
        `*${name}`,
        ...own.map((chain) => `:${chain} ACCEPT [0:0]`),
        ...users.map((chain) => `:${chain} - [0:0]`),
        ...[...chains.values()].flat(),
        'COMMIT\n',
      ].join('\n')
    })
    .join('')

const linkOf = (name: string, index: number, mac: string): object => ({
  ifindex: index + 1,
  ifname: name,
  flags: name === 'lo' ? ['LOOPBACK', 'UP', 'LOWER_UP'] : ['BROADCAST', 'UP', 'LOWER_UP'],
  mtu: 9001,
  operstate: 'UP',
  link_type: name === 'lo' ? 'loopback' : 'ether',
  address: mac,
})

const addressOf = (text: string): object => {
  const [local, length] = text.split('/')
  return { local, prefixlen: Number(length), scope: local?.startsWith('127.') === true ? 'host' : 'global' }
}

function stackFiles(stack: StackDraft): readonly (readonly [string, string])[] {
  const links = [...stack.links]
  const lines = (texts: readonly string[]): string => texts.map((text) => `${text}\n`).join('')
  return [
    ['link.json', JSON.stringify(links.map(([name, { mac }], index) => linkOf(name, index, mac)))],
    [
      'addr.json',
      JSON.stringify(
        links.map(([name, { addresses, mac }], index) => ({
          ...linkOf(name, index, mac),
          addr_info: addresses.map(addressOf),
        })),
      ),
    ],
    ['rule.txt', lines(stack.rules)],
    ['route.txt', lines(stack.routes)],
    // What ip prints is a bundle's own form; the reader takes either.
    ['neigh.json', JSON.stringify(stack.neighbours)],
    ['iptables-save.txt', savedTables(stack.iptables)],
    ['nft.json', JSON.stringify({ nftables: [...stack.nft, ...stack.nftRules] })],
    ['ipset-save.txt', lines(stack.sets)],
    ['sysctl.txt', lines(stack.sysctls)],
    ['conntrack.txt', lines(stack.connections)],
  ]
}

/** Path inside the bundle → text. */
export function filesOf(draft: Draft): ReadonlyMap<string, string> {
  const files = new Map<string, string>()
  const home = (index: number): string => `stacks/${index}`
  files.set(
    'bundle.json',
    JSON.stringify({
      version: 1,
      created: '2026-01-01T00:00:00Z',
      stacks: draft.stacks.map(({ id }, index) => ({ id, dir: home(index) })),
      wires: draft.wires.map(([a, near, b, far]) => ({ a: [a, near], b: [b, far] })),
    }),
  )
  for (const [index, stack] of draft.stacks.entries())
    for (const [name, text] of stackFiles(stack)) files.set(`${home(index)}/${name}`, text)
  for (const [name, items] of draft.kubernetes)
    files.set(`kubernetes/${name}.json`, JSON.stringify({ kind: 'List', apiVersion: 'v1', items }))
  for (const [name, { list, items }] of draft.ec2)
    files.set(`ec2/${name}.json`, JSON.stringify({ [list]: items }))
  return files
}

export const octetsOf = (files: ReadonlyMap<string, string>): number =>
  [...files.values()].reduce((sum, text) => sum + Buffer.byteLength(text), 0)
