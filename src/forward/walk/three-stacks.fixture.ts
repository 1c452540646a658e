/** Three stacks in a row, for tests: what a test does not say is as on an ordinary machine. */
import { readRoutesText } from '../../linux/ip/route.ts'
import { readRulesText } from '../../linux/ip/rule.ts'
import { readIpsetSave } from '../../linux/netfilter/ipset-save.ts'
import { readNft } from '../../linux/netfilter/nft.ts'
import { readIptablesSave } from '../../linux/netfilter/iptables-save.ts'
import { readSysctls } from '../../linux/ip/sysctl.ts'
import { ip } from '../../model/address/address.ts'
import type { Link } from '../../model/stack/link.ts'
import type { Neighbour } from '../../model/stack/neighbour.ts'
import { TCP } from '../../model/packet/packet.ts'
import type { NetworkStack } from '../../model/stack/stack.ts'
import { compileFabric } from '../compile/fabric.ts'
import type { CompiledFabric } from '../compiled/fabric.ts'
import type { Flow } from './predict.ts'

export interface StackSpec {
  readonly links: Readonly<Record<string, readonly string[]>>
  readonly rules?: string
  readonly routes: string
  readonly iptables?: string | null
  readonly neighbours?: readonly Neighbour[]
  readonly sysctls?: string | null
  readonly sets?: string
  /** `nft -j list ruleset` */
  readonly nft?: string
}

export const defaultRules =
  '0: from all lookup local\n32766: from all lookup main\n32767: from all lookup default\n'

export function stack(id: string, spec: StackSpec): NetworkStack {
  const names = ['lo', ...Object.keys(spec.links)]
  const links = names.map((name, index): Link => ({
    index: index + 1,
    name,
    kind: name === 'lo' ? null : 'veth',
    type: name === 'lo' ? 'loopback' : 'ether',
    flags: name === 'lo' ? ['LOOPBACK', 'UP', 'LOWER_UP'] : ['BROADCAST', 'UP', 'LOWER_UP'],
    state: 'UP',
    mtu: 9001,
    mac: `02:${id.length}:00:00:00:0${index}`,
    master: null,
    group: 'default',
    addresses: (spec.links[name] ?? []).map((text) => {
      const [address = '', length = '32'] = text.split('/')
      return {
        address: ip(address),
        length: Number(length),
        peer: null,
        broadcast: null,
        scope: 'global',
        flags: [],
        line: `inet ${text} ${name}`,
      }
    }),
    line: `${index + 1}: ${name}: <UP>`,
  }))
  const perDevice = names
    .map((name) => `net.ipv4.conf.${name}.rp_filter = 0\nnet.ipv4.conf.${name}.forwarding = 1`)
    .join('\n')
  return {
    id,
    links,
    rules: readRulesText(spec.rules ?? defaultRules, 4).value,
    rules6: null,
    routes: readRoutesText(spec.routes, 4).value,
    routes6: null,
    neighbours: spec.neighbours ?? [],
    iptables: spec.iptables === null ? null : readIptablesSave(spec.iptables ?? '', 4).value,
    ip6tables: [],
    nft: spec.nft === undefined ? [] : readNft(spec.nft).value,
    sets: readIpsetSave(spec.sets ?? '').value,
    sysctls:
      spec.sysctls === null
        ? null
        : readSysctls(
            `net.ipv4.ip_forward = 1\nnet.ipv4.conf.all.rp_filter = 0\n${perDevice}\n${spec.sysctls ?? ''}`,
          ),
    conntrack: [],
  }
}

/** client 10.0.0.1 - 10.0.0.2 router 10.1.0.1 - 10.1.0.2 server, which also holds 10.9.0.9 */
export function threeStacks(
  router: Partial<StackSpec> = {},
  client: Partial<StackSpec> = {},
): CompiledFabric {
  return compileFabric({
    stacks: [
      stack('client', {
        links: { eth0: ['10.0.0.1/24'] },
        routes:
          'default via 10.0.0.2 dev eth0\n10.0.0.0/24 dev eth0 scope link src 10.0.0.1\nlocal 10.0.0.1 dev eth0 table local scope host src 10.0.0.1\n',
        ...client,
      }),
      stack('router', {
        links: { left: ['10.0.0.2/24'], right: ['10.1.0.1/24'] },
        routes:
          '10.0.0.0/24 dev left scope link src 10.0.0.2\n10.1.0.0/24 dev right scope link src 10.1.0.1\n10.9.0.0/16 via 10.1.0.2 dev right\n' +
          'local 10.0.0.2 dev left table local proto kernel scope host src 10.0.0.2\nlocal 10.1.0.1 dev right table local proto kernel scope host src 10.1.0.1\n',
        ...router,
      }),
      stack('server', {
        links: { eth0: ['10.1.0.2/24'] },
        routes:
          'default via 10.1.0.1 dev eth0\n10.1.0.0/24 dev eth0 scope link src 10.1.0.2\nlocal 10.1.0.2 dev eth0 table local proto kernel scope host src 10.1.0.2\nlocal 10.9.0.9 dev lo table local proto kernel scope host src 10.9.0.9\n',
      }),
    ],
    wires: [
      { a: { stack: 'client', interface: 'eth0' }, b: { stack: 'router', interface: 'left' } },
      { a: { stack: 'router', interface: 'right' }, b: { stack: 'server', interface: 'eth0' } },
    ],
    vpc: null,
  })
}

export const toServer: Flow = {
  from: 'client',
  to: ip('10.1.0.2'),
  protocol: TCP,
  sourcePort: 40000,
  destinationPort: 80,
}
/** `iptables-save` of a filter table that accepts, with these rules. */
export const filter = (rule: string): string =>
  `*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n${rule}\nCOMMIT\n`
export const nat = (rules: string): string =>
  `*nat\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n${rules}\nCOMMIT\n`
