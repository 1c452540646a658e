import { describe, expect, test } from 'vitest'
import {
  mergeTables,
  printSave,
  renderRestore,
  type IptablesBackend,
} from '../../src/intent/iptables-table.ts'
import { kubeProxyIntent } from '../../src/intent/kube-proxy/intent.ts'
import type { Endpoint, ServicePort } from '../../src/intent/kube-proxy/service-port.ts'
import { amiIntent } from '../../src/intent/vpc-cni/ami.ts'
import { nodeIntent } from '../../src/intent/vpc-cni/node.ts'
import { settingsFor, type VpcCniSettings } from '../../src/intent/vpc-cni/settings.ts'
import { ip4Of } from '../../src/model/address/address.ts'
import { prefix } from '../../src/model/address/prefix.ts'
import { inFreshNamespace } from './fresh-namespace.ts'

const primary = {
  device: 'eth0',
  deviceIndex: 0,
  mac: '02:00:00:00:01:38',
  address: ip4Of('192.168.1.138'),
  subnet: prefix('192.168.1.0/24'),
}
const service = (over: Partial<ServicePort>): ServicePort => ({
  namespace: 'default',
  name: 'web',
  portName: '',
  protocol: 'TCP',
  port: 80,
  clusterIP: ip4Of('10.100.200.50'),
  nodePort: null,
  externalIPs: [],
  loadBalancerIPs: [],
  loadBalancerSourceRanges: [],
  internalTrafficPolicy: 'Cluster',
  externalTrafficPolicy: 'Cluster',
  healthCheckNodePort: null,
  sessionAffinitySeconds: null,
  endpoints: [],
  ...over,
})
const endpoint = (address: string, node = 'node1'): Endpoint => ({
  address: ip4Of(address),
  port: 80,
  node,
  ready: true,
  serving: true,
  terminating: false,
})
const three = ['192.168.1.197', '192.168.3.143', '192.168.3.9'].map((address) => endpoint(address))
const seven = Array.from({ length: 7 }, (_, i) => endpoint(`192.168.2.${i + 1}`, 'node2'))

/** One service of every kind. */
const services: readonly ServicePort[] = [
  service({ name: 'three', nodePort: 30080, endpoints: three }),
  service({ name: 'seven', protocol: 'UDP', endpoints: seven }),
  service({ name: 'sctp', portName: 'x', protocol: 'SCTP', endpoints: three }),
  service({ name: 'none', nodePort: 30081, externalIPs: [ip4Of('203.0.113.7')] }),
  service({ name: 'inside', internalTrafficPolicy: 'Local', endpoints: seven }),
  service({
    name: 'outside',
    externalTrafficPolicy: 'Local',
    nodePort: 30082,
    healthCheckNodePort: 31000,
    endpoints: [...three, ...seven],
  }),
  service({ name: 'sticky', sessionAffinitySeconds: 10800, endpoints: three }),
  service({
    name: 'balanced',
    nodePort: 30083,
    externalIPs: [ip4Of('203.0.113.8')],
    loadBalancerIPs: [ip4Of('203.0.113.9')],
    loadBalancerSourceRanges: [prefix('10.0.0.0/8'), prefix('192.168.0.0/16')],
    endpoints: three,
  }),
]

/** The lines of iptables-save, without its remarks and counters. */
const bare = (saved: string): readonly string[] =>
  saved
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.replace(/ \[\d+:\d+\]$/, ''))

const excluded = [prefix('10.0.0.0/8'), prefix('172.16.0.0/12')]
const variants: readonly {
  readonly name: string
  readonly settings: VpcCniSettings
  readonly only?: IptablesBackend
}[] = [
  { name: 'the tutorial: AL2, v1.12', settings: settingsFor('al2') },
  { name: 'v1.11 with its state match', settings: { ...settingsFor('al2'), version: [1, 11, 4] } },
  { name: 'v1.12, excluded CIDRs', settings: { ...settingsFor('al2'), excludeSnatCidrs: excluded } },
  {
    name: 'v1.12, everything excluded',
    settings: { ...settingsFor('al2'), excludeSnatCidrs: [prefix('0.0.0.0/0')] },
    // nf_tables has no way to say `! -d 0.0.0.0/0`: the kernel answers EINVAL.
    only: 'legacy',
  },
  { name: 'today: AL2023, v1.23', settings: settingsFor('al2023') },
  { name: 'v1.22 on nf_tables', settings: { ...settingsFor('al2023'), version: [1, 22, 4] } },
  {
    name: 'v1.23 legacy, excluded CIDRs',
    settings: { ...settingsFor('al2023'), iptables: 'legacy', excludeSnatCidrs: excluded },
  },
  {
    name: 'v1.23 legacy, everything excluded',
    settings: { ...settingsFor('al2023'), iptables: 'legacy', excludeSnatCidrs: [prefix('0.0.0.0/0')] },
  },
  { name: 'hashrandom', settings: { ...settingsFor('al2023'), randomizeSnat: 'hashrandom' } },
  { name: 'no randomization', settings: { ...settingsFor('al2'), randomizeSnat: 'none' } },
  { name: 'EXTERNALSNAT', settings: { ...settingsFor('al2'), externalSnat: true } },
  { name: 'no NodePort support', settings: { ...settingsFor('al2'), nodePortSupport: false } },
  { name: 'another mark', settings: { ...settingsFor('al2'), connmark: 0x400 } },
]

describe('what iptables-restore took, iptables-save prints: the same lines in the same order', () => {
  test.each(
    variants.flatMap(({ name, settings, only }) =>
      (['legacy', 'nft'] as const)
        .filter((backend) => only === undefined || only === backend)
        .map((backend) => ({ name, settings, backend })),
    ),
  )('$name, through the $backend backend', ({ settings, backend }) => {
    const vpcCidrs = [prefix('192.168.0.0/16'), prefix('100.64.0.0/16')]
    const node = nodeIntent({ settings, enis: [primary], vpcCidrs })
    const ami = amiIntent({ ami: 'al2', primary, resolver: ip4Of('192.168.0.2') })
    const proxy = kubeProxyIntent({
      services,
      nodeName: 'node1',
      nodeAddress: primary.address,
      clusterCidr: prefix('192.168.0.0/16'),
    })
    const tables = mergeTables(...ami.iptables, ...proxy, node.iptables.mangle, node.iptables.nat)
    const saved = inFreshNamespace(
      `iptables-${backend}-restore && iptables-${backend}-save`,
      renderRestore(tables),
    )
    expect(bare(saved)).toEqual(printSave(tables, backend))
  })
})

test.each([
  { name: 'default', settings: settingsFor('al2023') },
  {
    name: 'excluded CIDRs, another mark',
    settings: { ...settingsFor('al2023'), excludeSnatCidrs: excluded, connmark: 0x400 },
  },
  { name: 'another prefix', settings: { ...settingsFor('al2023'), vethPrefix: 'pod' } },
])('table ip aws-cni is printed by nft as it was written: $name', ({ settings }) => {
  const { nft } = nodeIntent({ settings, enis: [primary], vpcCidrs: [prefix('192.168.0.0/16')] })
  expect(inFreshNamespace('nft -f - && nft list table ip aws-cni', nft ?? '')).toBe(nft)
})

test('beside the kube rules in nf_tables, none of table ip aws-cni shows in iptables-save', () => {
  const { nft, iptables } = nodeIntent({
    settings: settingsFor('al2023'),
    enis: [primary],
    vpcCidrs: [prefix('192.168.0.0/16')],
  })
  const restore = renderRestore(mergeTables(iptables.mangle, iptables.nat))
  const saved = inFreshNamespace(
    `iptables-nft-restore && printf '%s' '${nft ?? ''}' | nft -f - && iptables-nft-save`,
    restore,
  )
  expect(saved).not.toContain('CONNMARK-CHAIN')
  expect(saved).toContain('AWS-SNAT-CHAIN-0')
})
