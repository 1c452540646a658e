import { readStack } from '../linux/stack.ts'
import type { TraceResult } from '../model/result/result.ts'
import type { NetworkStack } from '../model/stack/stack.ts'
import type { StackId } from '../model/stack/stack-id.ts'
import {
  node1,
  node3,
  pod1,
  pod3,
  podToInternetTrace,
  podToPodTrace,
  snatLine,
  veth,
} from '../report/tutorial-run.contract.ts'
import type { FlowFacts, InternetFacts, PublicAddressFacts } from './facts.ts'

/** The tutorial's stacks as their own tools print them; tests edit single lines. For tests only. */

export interface StackText {
  /** Name, MAC, and the addresses with their prefix length. */
  readonly links: readonly (readonly [string, string, ...string[]])[]
  readonly routes: readonly string[]
  readonly rules: readonly string[]
  /** Address, device, MAC, state. */
  readonly neighbours: readonly (readonly [string, string, string, string])[]
  readonly iptables: readonly string[] | null
}

export const hostMac = '9a:a3:da:ae:ed:af'
const defaultRules = [
  '0:\tfrom all lookup local',
  '32766:\tfrom all lookup main',
  '32767:\tfrom all lookup default',
]

const podText = (address: string, hostEndMac: string): StackText => ({
  links: [
    ['lo', '00:00:00:00:00:00', '127.0.0.1/8'],
    ['eth0', '6e:1c:22:0a:5b:01', `${address}/32`],
  ],
  routes: ['default via 169.254.1.1 dev eth0 ', '169.254.1.1 dev eth0 scope link '],
  rules: defaultRules,
  neighbours: [['169.254.1.1', 'eth0', hostEndMac, 'PERMANENT']],
  iptables: null,
})

/** nat as kube-proxy and the VPC CNI 1.12 leave it on a node of the tutorial's time. */
const natText = (nodeAddress: string): readonly string[] => [
  '-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
  '-A PREROUTING -i eni+ -m comment --comment "AWS, outbound connections" -m state --state NEW -j AWS-CONNMARK-CHAIN-0',
  '-A PREROUTING -m comment --comment "AWS, CONNMARK" -j CONNMARK --restore-mark --nfmask 0x80 --ctmask 0x80',
  '-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING',
  '-A POSTROUTING -m comment --comment "AWS SNAT CHAIN" -j AWS-SNAT-CHAIN-0',
  '-A AWS-CONNMARK-CHAIN-0 ! -d 192.168.0.0/16 -m comment --comment "AWS CONNMARK CHAIN, VPC CIDR" -j AWS-CONNMARK-CHAIN-1',
  '-A AWS-CONNMARK-CHAIN-1 -m comment --comment "AWS, CONNMARK" -j CONNMARK --set-xmark 0x80/0x80',
  '-A AWS-SNAT-CHAIN-0 ! -d 192.168.0.0/16 -m comment --comment "AWS SNAT CHAIN" -j AWS-SNAT-CHAIN-1',
  snatLine.replace('192.168.1.138', nodeAddress),
  '-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000',
  '-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN',
  '-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0',
  '-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully',
  '-A KUBE-SERVICES -d 10.100.0.1/32 -p tcp -m comment --comment "default/kubernetes:https cluster IP" -m tcp --dport 443 -j KUBE-SVC-NPX46M4PTMTKRN6Y',
]

const nodeText = (
  subnet: string,
  host: string,
  podAddress: string,
  vethName: string,
  mac: string,
): StackText => ({
  links: [
    ['lo', '00:00:00:00:00:00', '127.0.0.1/8'],
    ['eth0', '02:aa:bb:cc:00:01', `${subnet}.${host}/24`],
    [vethName, mac],
  ],
  routes: [
    `default via ${subnet}.1 dev eth0 `,
    '169.254.169.254 dev eth0 ',
    `${subnet}.0/24 dev eth0 proto kernel scope link src ${subnet}.${host} `,
    `${podAddress} dev ${vethName} scope link `,
    `local ${subnet}.${host} dev eth0 table local proto kernel scope host src ${subnet}.${host} `,
  ],
  rules: [
    defaultRules[0] ?? '',
    `512:\tfrom all to ${podAddress} lookup main`,
    '1024:\tfrom all fwmark 0x80/0x80 lookup main',
    ...defaultRules.slice(1),
  ],
  neighbours: [],
  iptables: natText(`${subnet}.${host}`),
})

export const texts = {
  pod1: podText(pod1.address, hostMac),
  pod3: podText(pod3.address, '9a:a3:da:ae:ed:b0'),
  node1: nodeText('192.168.1', '138', pod1.address, veth[pod1.name] ?? '', hostMac),
  node3: nodeText('192.168.3', '20', pod3.address, veth[pod3.name] ?? '', '9a:a3:da:ae:ed:b0'),
}
export type Texts = { readonly [Name in keyof typeof texts]: StackText }

export const ids: { readonly [Name in keyof Texts]: StackId } = {
  pod1: `pod/${pod1.name}`,
  pod3: `pod/${pod3.name}`,
  node1: `node/${node1}`,
  node3: `node/${node3}`,
}

function stackFrom(id: StackId, text: StackText): NetworkStack {
  const links = text.links.map(([name, mac, ...addresses], i) => ({
    ifindex: i + 1,
    ifname: name,
    flags: ['BROADCAST', 'MULTICAST', 'UP', 'LOWER_UP'],
    mtu: name === 'lo' ? 65536 : 9001,
    operstate: 'UP',
    link_type: name === 'lo' ? 'loopback' : 'ether',
    address: mac,
    addr_info: addresses.map((address) => ({
      family: 'inet',
      local: address.split('/')[0],
      prefixlen: Number(address.split('/')[1]),
      scope: 'global',
      label: name,
    })),
  }))
  const files = new Map([
    ['link.json', JSON.stringify(links)],
    ['route.txt', text.routes.join('\n')],
    ['rule.txt', text.rules.join('\n')],
    [
      'neigh.json',
      JSON.stringify(
        text.neighbours.map(([dst, dev, lladdr, state]) => ({ dst, dev, lladdr, state: [state] })),
      ),
    ],
  ])
  if (text.iptables) {
    const chains = new Set(
      text.iptables.flatMap((line) => [
        /^-A (\S+)/.exec(line)?.[1] ?? '',
        /-j ([A-Z]+-\S+)/.exec(line)?.[1] ?? '',
      ]),
    )
    const builtin = ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING']
    const custom = new Set(
      [...chains, 'AWS-SNAT-CHAIN-0'].filter((name) => name !== '' && !builtin.includes(name)),
    )
    files.set(
      'iptables-save.txt',
      [
        '# Generated by iptables-save v1.8.4 on Sun Nov 22 23:55:53 2026',
        '*nat',
        ...builtin.map((name) => `:${name} ACCEPT [0:0]`),
        ...[...custom].map((name) => `:${name} - [0:0]`),
        ...text.iptables,
        'COMMIT',
      ].join('\n'),
    )
  }
  return readStack(id, files).stack
}

const nodeAddresses = new Map([
  [node1, '192.168.1.138'],
  [node3, '192.168.3.20'],
])

/** The facts of a flow, with single texts and single parts of its trace changed. */
export function flowFacts(
  trace: TraceResult = podToPodTrace(pod1, pod3),
  changed: Partial<Texts> = {},
): FlowFacts {
  const all: Texts = { ...texts, ...changed }
  const names = Object.keys(all) as (keyof Texts)[]
  return {
    trace,
    stacks: new Map(names.map((name) => [ids[name], stackFrom(ids[name], all[name])])),
    captures: new Map(names.map((name) => [ids[name], 0])),
    vpcRead: true,
    nodeAddresses,
  }
}

export const internetFacts = (
  trace: TraceResult = podToInternetTrace(),
  changed: Partial<Texts> = {},
): InternetFacts => ({
  ...flowFacts(trace, changed),
  publicAddress: '203.0.113.38',
  natGateway: null,
  externalSnat: false,
  seenAs: '203.0.113.38',
})

export const publicAddressFacts = (): PublicAddressFacts => ({
  pod: { name: pod1.name, answer: '203.0.113.38\n', error: null },
  node: { name: node1, answer: '203.0.113.38\n', error: null },
  publicAddress: '203.0.113.38',
  natGateway: null,
})

/** A line of a text replaced, or dropped (null). The line must be there: an edit that misses proves nothing. */
export function edited(lines: readonly string[], old: string, line: string | null): readonly string[] {
  const at = lines.findIndex((one) => one.includes(old))
  if (at < 0) throw new Error(`no line has ${JSON.stringify(old)}`)
  return line === null ? lines.filter((_, i) => i !== at) : lines.map((one, i) => (i === at ? line : one))
}
