import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { ip4Of } from '../../model/address/address.ts'
import { prefix } from '../../model/address/prefix.ts'
import { mergeTables, type TableName } from '../iptables-table.ts'
import { endpointChain, serviceChains } from './chain-name.ts'
import { kubeProxyIntent, type KubeProxyInput } from './intent.ts'
import type { Endpoint, ServicePort } from './service-port.ts'
import { probability } from './service-rules.ts'

const port = (over: Partial<ServicePort>): ServicePort => ({
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
const endpoint = (address: string, over: Partial<Endpoint> = {}): Endpoint => ({
  address: ip4Of(address),
  port: 80,
  node: 'node1',
  ready: true,
  serving: true,
  terminating: false,
  ...over,
})
const here = endpoint('192.168.1.197')
const there = endpoint('192.168.3.143', { node: 'node3' })

/** Rules of one table that kube-proxy would not write without this service. */
function rulesOf(
  table: TableName,
  service: Partial<ServicePort>,
  over: Partial<KubeProxyInput> = {},
): readonly string[] {
  const rules = (services: readonly ServicePort[]): readonly string[] =>
    mergeTables(...kubeProxyIntent({ services, nodeName: 'node1', ...over })).find(
      (found) => found.table === table,
    )?.rules ?? []
  const without = new Set(rules([]))
  return rules([port(service)]).filter((rule) => !without.has(rule))
}

describe('chain names', () => {
  const dns = { namespace: 'kube-system', name: 'kube-dns', clusterIP: ip4Of('10.100.0.10') }
  test.each([
    [{ name: 'kubernetes', portName: 'https' }, 'KUBE-SVC-NPX46M4PTMTKRN6Y'],
    [{ ...dns, portName: 'dns', protocol: 'UDP' as const }, 'KUBE-SVC-TCOU7JCQXEZGVUNU'],
    [{ ...dns, portName: 'dns-tcp' }, 'KUBE-SVC-ERIFXISQEP7F7OF4'],
    [{ ...dns, portName: 'metrics' }, 'KUBE-SVC-JD5MR3NA4I4DYORP'],
    [{}, 'KUBE-SVC-LOLE4ISW44XBNF3G'],
  ])('the chain of %j is %s, as on every cluster', (service, chain) => {
    expect(serviceChains(port(service)).cluster).toBe(chain)
  })
  test.each([
    [{ ...dns, portName: 'dns', protocol: 'UDP' as const }, '192.168.2.110', 53, 'KUBE-SEP-FPLWHGKOZYTIXLBA'],
    [{ ...dns, portName: 'dns-tcp' }, '192.168.2.110', 53, 'KUBE-SEP-OG7EYTSQVWNOPM2B'],
    [{ name: 'kubernetes', portName: 'https' }, '192.168.1.84', 443, 'KUBE-SEP-QITN6PL3Q2CB3WD5'],
  ])(
    'the endpoint chain of %j at %s:%i is %s, as seen on a node of EKS 1.24',
    (service, address, at, chain) => {
      expect(endpointChain(port(service), endpoint(address, { port: at }))).toBe(chain)
    },
  )
})

test.each([
  [1, '1.00000000000'],
  [2, '0.50000000000'],
  [3, '0.33333333349'],
  [4, '0.25000000000'],
  [5, '0.20000000019'],
  [7, '0.14285714272'],
])('one in %i prints %s', (n, want) => {
  expect(probability(n)).toBe(want)
})

test('a NodePort service with two endpoints, in nat', () => {
  expect(rulesOf('nat', { nodePort: 30080, endpoints: [there, here] })).toEqual([
    '-A KUBE-EXT-LOLE4ISW44XBNF3G -m comment --comment "masquerade traffic for default/web external destinations" -j KUBE-MARK-MASQ',
    '-A KUBE-EXT-LOLE4ISW44XBNF3G -j KUBE-SVC-LOLE4ISW44XBNF3G',
    '-A KUBE-NODEPORTS -p tcp -m comment --comment "default/web" -m tcp --dport 30080 -j KUBE-EXT-LOLE4ISW44XBNF3G',
    '-A KUBE-SEP-J34BDRIFRMO2B2YT -s 192.168.3.143/32 -m comment --comment "default/web" -j KUBE-MARK-MASQ',
    '-A KUBE-SEP-J34BDRIFRMO2B2YT -p tcp -m comment --comment "default/web" -m tcp -j DNAT --to-destination 192.168.3.143:80',
    '-A KUBE-SEP-PBC5KLBS4INNKZT3 -s 192.168.1.197/32 -m comment --comment "default/web" -j KUBE-MARK-MASQ',
    '-A KUBE-SEP-PBC5KLBS4INNKZT3 -p tcp -m comment --comment "default/web" -m tcp -j DNAT --to-destination 192.168.1.197:80',
    '-A KUBE-SERVICES -d 10.100.200.50/32 -p tcp -m comment --comment "default/web cluster IP" -m tcp --dport 80 -j KUBE-SVC-LOLE4ISW44XBNF3G',
    '-A KUBE-SVC-LOLE4ISW44XBNF3G -m comment --comment "default/web -> 192.168.1.197:80" -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-PBC5KLBS4INNKZT3',
    '-A KUBE-SVC-LOLE4ISW44XBNF3G -m comment --comment "default/web -> 192.168.3.143:80" -j KUBE-SEP-J34BDRIFRMO2B2YT',
  ])
  expect(rulesOf('filter', { nodePort: 30080, endpoints: [here] })).toEqual([])
})

test('UDP is named in every match', () => {
  const rules = rulesOf('nat', {
    namespace: 'kube-system',
    name: 'kube-dns',
    portName: 'dns',
    protocol: 'UDP',
    port: 53,
    clusterIP: ip4Of('10.100.0.10'),
    endpoints: [endpoint('192.168.1.10', { port: 53 }), endpoint('192.168.2.10', { port: 53 })],
  })
  expect(rules).toContain(
    '-A KUBE-SERVICES -d 10.100.0.10/32 -p udp -m comment --comment "kube-system/kube-dns:dns cluster IP" -m udp --dport 53 -j KUBE-SVC-TCOU7JCQXEZGVUNU',
  )
  expect(rules).toContain(
    '-A KUBE-SEP-3VMMOJFF5W4NH47V -p udp -m comment --comment "kube-system/kube-dns:dns" -m udp -j DNAT --to-destination 192.168.1.10:53',
  )
  expect(rules.some((rule) => rule.endsWith('-j KUBE-SEP-SOVWPUFGKSAZ76XQ'))).toBe(true)
})

describe('nobody to answer', () => {
  test('without an endpoint every way in is refused, and nat knows nothing', () => {
    const service = { nodePort: 30080, externalIPs: [ip4Of('203.0.113.9')] }
    expect(rulesOf('nat', service)).toEqual([])
    const refused = '-j REJECT --reject-with icmp-port-unreachable'
    expect(rulesOf('filter', service)).toEqual([
      `-A KUBE-EXTERNAL-SERVICES -d 203.0.113.9/32 -p tcp -m comment --comment "default/web has no endpoints" -m tcp --dport 80 ${refused}`,
      `-A KUBE-EXTERNAL-SERVICES -p tcp -m comment --comment "default/web has no endpoints" -m addrtype --dst-type LOCAL -m tcp --dport 30080 ${refused}`,
      `-A KUBE-SERVICES -d 10.100.200.50/32 -p tcp -m comment --comment "default/web has no endpoints" -m tcp --dport 80 ${refused}`,
    ])
  })

  test('internalTrafficPolicy Local without an endpoint here drops', () => {
    const service = { internalTrafficPolicy: 'Local', endpoints: [there] } as const
    expect(rulesOf('nat', service)).toEqual([])
    expect(rulesOf('filter', service)).toEqual([
      '-A KUBE-SERVICES -d 10.100.200.50/32 -p tcp -m comment --comment "default/web has no local endpoints" -m tcp --dport 80 -j DROP',
    ])
  })

  test.each([
    { because: 'not ready', over: { ready: false, serving: false } },
    {
      because: 'terminating and no longer serving',
      over: { ready: false, serving: false, terminating: true },
    },
  ])('an endpoint that is $because is none', ({ over }) => {
    expect(rulesOf('filter', { endpoints: [endpoint('192.168.1.197', over)] })).toHaveLength(1)
  })

  test('one that still serves while it terminates is used when there is no other', () => {
    const leaving = endpoint('192.168.1.9', { ready: false, terminating: true })
    const targets = (endpoints: readonly Endpoint[]): readonly (string | undefined)[] =>
      rulesOf('nat', { endpoints }).flatMap((rule) => /--to-destination (\S+)/.exec(rule)?.[1] ?? [])
    expect(targets([leaving])).toEqual(['192.168.1.9:80'])
    expect(targets([leaving, here])).toEqual(['192.168.1.197:80'])
  })
})

describe('externalTrafficPolicy Local', () => {
  const local = { externalTrafficPolicy: 'Local', nodePort: 30080, healthCheckNodePort: 31000 } as const

  test('keeps the client address, but for traffic from the node itself', () => {
    const rules = rulesOf('nat', { ...local, endpoints: [here, there] })
    expect(rules.filter((rule) => /^-A KUBE-(EXT|SVL)/.test(rule))).toEqual([
      '-A KUBE-EXT-LOLE4ISW44XBNF3G -m comment --comment "masquerade LOCAL traffic for default/web external destinations" -m addrtype --src-type LOCAL -j KUBE-MARK-MASQ',
      '-A KUBE-EXT-LOLE4ISW44XBNF3G -m comment --comment "route LOCAL traffic for default/web external destinations" -m addrtype --src-type LOCAL -j KUBE-SVC-LOLE4ISW44XBNF3G',
      '-A KUBE-EXT-LOLE4ISW44XBNF3G -j KUBE-SVL-LOLE4ISW44XBNF3G',
      '-A KUBE-SVL-LOLE4ISW44XBNF3G -m comment --comment "default/web -> 192.168.1.197:80" -j KUBE-SEP-PBC5KLBS4INNKZT3',
    ])
    expect(rulesOf('filter', { ...local, endpoints: [here] })).toEqual([
      '-A KUBE-NODEPORTS -p tcp -m comment --comment "default/web health check node port" -m tcp --dport 31000 -j ACCEPT',
    ])
  })

  test('without an endpoint here: a dead end for outsiders', () => {
    const rules = rulesOf('nat', { ...local, endpoints: [there] })
    expect(rules.some((rule) => rule.includes('KUBE-SVL'))).toBe(false)
    expect(rulesOf('filter', { ...local, endpoints: [there] })).toContain(
      '-A KUBE-EXTERNAL-SERVICES -p tcp -m comment --comment "default/web has no local endpoints" -m addrtype --dst-type LOCAL -m tcp --dport 30080 -j DROP',
    )
  })
})

test('session affinity: remembered clients first, for as long as the service says', () => {
  const rules = rulesOf('nat', { sessionAffinitySeconds: 10800, endpoints: [here, there] })
  expect(rules.filter((rule) => rule.startsWith('-A KUBE-SVC'))).toEqual([
    '-A KUBE-SVC-LOLE4ISW44XBNF3G -m comment --comment "default/web -> 192.168.1.197:80" -m recent --rcheck --seconds 10800 --reap --name KUBE-SEP-PBC5KLBS4INNKZT3 --mask 255.255.255.255 --rsource -j KUBE-SEP-PBC5KLBS4INNKZT3',
    '-A KUBE-SVC-LOLE4ISW44XBNF3G -m comment --comment "default/web -> 192.168.3.143:80" -m recent --rcheck --seconds 10800 --reap --name KUBE-SEP-J34BDRIFRMO2B2YT --mask 255.255.255.255 --rsource -j KUBE-SEP-J34BDRIFRMO2B2YT',
    '-A KUBE-SVC-LOLE4ISW44XBNF3G -m comment --comment "default/web -> 192.168.1.197:80" -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-PBC5KLBS4INNKZT3',
    '-A KUBE-SVC-LOLE4ISW44XBNF3G -m comment --comment "default/web -> 192.168.3.143:80" -j KUBE-SEP-J34BDRIFRMO2B2YT',
  ])
  expect(rules).toContain(
    '-A KUBE-SEP-PBC5KLBS4INNKZT3 -p tcp -m comment --comment "default/web" -m recent --set --name KUBE-SEP-PBC5KLBS4INNKZT3 --mask 255.255.255.255 --rsource -m tcp -j DNAT --to-destination 192.168.1.197:80',
  )
})

test('loadBalancerSourceRanges: others meet KUBE-PROXY-FIREWALL, the node itself may pass', () => {
  const service = {
    loadBalancerIPs: [ip4Of('203.0.113.9')],
    loadBalancerSourceRanges: [prefix('192.168.1.0/24')],
    endpoints: [here],
  }
  const firewall = serviceChains(port({})).firewall
  expect(
    rulesOf('nat', service, { nodeAddress: ip4Of('192.168.1.138') }).filter((rule) =>
      rule.startsWith(`-A ${firewall}`),
    ),
  ).toEqual([
    `-A ${firewall} -s 192.168.1.0/24 -m comment --comment "default/web loadbalancer IP" -j KUBE-EXT-LOLE4ISW44XBNF3G`,
    `-A ${firewall} -s 203.0.113.9/32 -m comment --comment "default/web loadbalancer IP" -j KUBE-EXT-LOLE4ISW44XBNF3G`,
    `-A ${firewall} -m comment --comment "other traffic to default/web will be dropped by KUBE-PROXY-FIREWALL"`,
  ])
  expect(rulesOf('filter', service)).toEqual([
    `-A KUBE-PROXY-FIREWALL -d 203.0.113.9/32 -p tcp -m comment --comment "default/web traffic not accepted by ${firewall}" -m tcp --dport 80 -j DROP`,
  ])
})

test('a clusterCIDR, which EKS does not set, masquerades what comes from elsewhere', () => {
  const service = { endpoints: [here] }
  const masquerade =
    '-A KUBE-SVC-LOLE4ISW44XBNF3G ! -s 192.168.0.0/16 -d 10.100.200.50/32 -p tcp -m comment --comment "default/web cluster IP" -m tcp --dport 80 -j KUBE-MARK-MASQ'
  expect(rulesOf('nat', service, { clusterCidr: prefix('192.168.0.0/16') })).toContain(masquerade)
  expect(rulesOf('nat', service)).not.toContain(masquerade)
})

describe('what stands without any service', () => {
  const tables = mergeTables(...kubeProxyIntent({ services: [], nodeName: 'node1' }))

  test('filter, its jumps in the order of a real node', () => {
    expect(tables.find(({ table }) => table === 'filter')?.rules).toEqual([
      '-A INPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL',
      '-A INPUT -m comment --comment "kubernetes health check service ports" -j KUBE-NODEPORTS',
      '-A INPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes externally-visible service portals" -j KUBE-EXTERNAL-SERVICES',
      '-A FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL',
      '-A FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD',
      '-A FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
      '-A FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes externally-visible service portals" -j KUBE-EXTERNAL-SERVICES',
      '-A OUTPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL',
      '-A OUTPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
      '-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP',
      '-A KUBE-FORWARD -m comment --comment "kubernetes forwarding rules" -m mark --mark 0x4000/0x4000 -j ACCEPT',
      '-A KUBE-FORWARD -m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
    ])
  })

  test('nat, node ports last', () => {
    expect(tables.find(({ table }) => table === 'nat')?.rules).toEqual([
      '-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
      '-A OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
      '-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING',
      '-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000',
      '-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN',
      '-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0',
      '-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully',
      '-A KUBE-SERVICES -m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS',
    ])
  })
})

const anyEndpoint = fc.record({
  address: fc.integer({ min: 1, max: 9 }).map((n) => ip4Of(`192.168.1.${n}`)),
  port: fc.constantFrom(80, 8080),
  node: fc.constantFrom('node1', 'node2', null),
  ready: fc.boolean(),
  serving: fc.boolean(),
  terminating: fc.boolean(),
})
const policy = fc.constantFrom('Cluster' as const, 'Local' as const)
const anyPort = fc
  .record({
    portName: fc.constantFrom('', 'http', 'https'),
    protocol: fc.constantFrom('TCP' as const, 'UDP' as const, 'SCTP' as const),
    nodePort: fc.constantFrom(null, 30080),
    externalIPs: fc.constantFrom([], [ip4Of('203.0.113.7')]),
    loadBalancerIPs: fc.constantFrom([], [ip4Of('203.0.113.9')]),
    loadBalancerSourceRanges: fc.constantFrom([], [prefix('10.0.0.0/8')]),
    internalTrafficPolicy: policy,
    externalTrafficPolicy: policy,
    sessionAffinitySeconds: fc.constantFrom(null, 60),
    endpoints: fc.array(anyEndpoint, { maxLength: 6 }),
  })
  .map(port)

property.prop([
  fc.uniqueArray(anyPort, { maxLength: 4, selector: ({ portName, protocol }) => portName + protocol }),
])(
  'every jump has its chain, every chain of a service is reached, every cluster IP is served or turned away',
  (services) => {
    const tables = mergeTables(...kubeProxyIntent({ services, nodeName: 'node1' }))
    for (const { chains, rules } of tables) {
      const names = new Set(chains.map(({ name }) => name))
      const targets = rules.flatMap((rule) => /-j (KUBE-\S+)/.exec(rule)?.[1] ?? [])
      for (const target of targets) expect(names).toContain(target)
      for (const name of names) if (/^KUBE-(SVC|SVL|SEP|EXT|FW)-/.test(name)) expect(targets).toContain(name)
    }
    const entries = tables.flatMap(({ rules }) =>
      rules.filter((rule) => rule.startsWith('-A KUBE-SERVICES -d 10.100.200.50/32')),
    )
    expect(entries).toHaveLength(services.length)
  },
)
