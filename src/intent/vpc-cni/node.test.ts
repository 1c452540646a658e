import { describe, expect, test } from 'vitest'
import { ip4Of } from '../../model/address/address.ts'
import { prefix } from '../../model/address/prefix.ts'
import { mergeTables } from '../iptables-table.ts'
import { printRules } from '../routing.ts'
import { amiIntent, deviceName } from './ami.ts'
import { nodeIntent, type NodeIntent } from './node.ts'
import type { NodeEni } from './node-eni.ts'
import { podIntent } from './pod.ts'
import { settingsFor, type Ami, type VpcCniSettings } from './settings.ts'

const vpc = prefix('192.168.0.0/16')
const enisOf = (ami: Ami): readonly [NodeEni, NodeEni] => {
  const subnet = prefix('192.168.1.0/24')
  return [
    {
      device: deviceName(ami, 0),
      deviceIndex: 0,
      mac: '02:00:00:00:01:38',
      address: ip4Of('192.168.1.138'),
      subnet,
    },
    {
      device: deviceName(ami, 1),
      deviceIndex: 1,
      mac: '02:00:00:00:00:55',
      address: ip4Of('192.168.1.55'),
      subnet,
    },
  ]
}
const intentOf = (ami: Ami, over: Partial<VpcCniSettings> = {}, vpcCidrs = [vpc]): NodeIntent =>
  nodeIntent({ settings: { ...settingsFor(ami), ...over }, enis: enisOf(ami), vpcCidrs })
const natOf = ({ iptables }: NodeIntent): readonly string[] => mergeTables(iptables.nat)[0]?.rules ?? []
const chain = (name: string, intent: NodeIntent): readonly string[] =>
  natOf(intent).filter((rule) => rule.startsWith(`-A ${name}`))

/** Legacy iptables at the head of the CNI's development, whatever the image. */
const flat = { version: [1, 23, 1], iptables: 'legacy' } as const

describe('a node of the tutorial: AL2, CNI v1.12', () => {
  const intent = intentOf('al2')

  test('nat, as it was seen on EKS 1.24 nodes', () => {
    expect(natOf(intent)).toEqual([
      '-A PREROUTING -i eni+ -m comment --comment "AWS, outbound connections" -j AWS-CONNMARK-CHAIN-0',
      '-A PREROUTING -m comment --comment "AWS, CONNMARK" -j CONNMARK --restore-mark --nfmask 0x80 --ctmask 0x80',
      '-A POSTROUTING -m comment --comment "AWS SNAT CHAIN" -j AWS-SNAT-CHAIN-0',
      '-A AWS-CONNMARK-CHAIN-0 ! -d 192.168.0.0/16 -m comment --comment "AWS CONNMARK CHAIN, VPC CIDR" -j AWS-CONNMARK-CHAIN-1',
      '-A AWS-CONNMARK-CHAIN-1 -m comment --comment "AWS, CONNMARK" -j CONNMARK --set-xmark 0x80/0x80',
      '-A AWS-SNAT-CHAIN-0 ! -d 192.168.0.0/16 -m comment --comment "AWS SNAT CHAIN" -j AWS-SNAT-CHAIN-1',
      '-A AWS-SNAT-CHAIN-1 ! -o vlan+ -m comment --comment "AWS, SNAT" -m addrtype ! --dst-type LOCAL -j SNAT --to-source 192.168.1.138 --random-fully',
    ])
  })

  test('until v1.12.0 the jump named the state NEW', () => {
    expect(natOf(intentOf('al2', { version: [1, 11, 4] }))[0]).toBe(
      '-A PREROUTING -i eni+ -m comment --comment "AWS, outbound connections" -m state --state NEW -j AWS-CONNMARK-CHAIN-0',
    )
  })

  test('mangle', () => {
    expect(intent.iptables.mangle.rules).toEqual([
      '-A PREROUTING -i eth0 -m comment --comment "AWS, primary ENI" -m addrtype --dst-type LOCAL --limit-iface-in -j CONNMARK --set-xmark 0x80/0x80',
      '-A PREROUTING -i eni+ -m comment --comment "AWS, primary ENI" -j CONNMARK --restore-mark --nfmask 0x80 --ctmask 0x80',
      '-A PREROUTING -i vlan+ -m comment --comment "AWS, primary ENI" -j CONNMARK --restore-mark --nfmask 0x80 --ctmask 0x80',
    ])
  })

  test('the secondary ENI: a table of its own without the subnet', () => {
    expect(intent.links).toEqual([
      { device: 'eth0', mac: '02:00:00:00:01:38', mtu: 9001, address: null },
      { device: 'eth1', mac: '02:00:00:00:00:55', mtu: 9001, address: '192.168.1.55/24 brd 192.168.1.255' },
    ])
    expect(intent.routes).toEqual([
      { table: 2, line: '192.168.1.1 dev eth1 scope link' },
      { table: 2, line: 'default via 192.168.1.1 dev eth1' },
    ])
    expect(intent.removedRoutes).toEqual([
      { table: 'main', line: '192.168.1.0/24 dev eth1 proto kernel scope link src 192.168.1.55' },
    ])
  })

  test('no connection marks in nftables, loose reverse path on the primary ENI alone', () => {
    expect(intent.nft).toBeNull()
    expect(intent.sysctls).toContainEqual({ key: 'net.ipv4.conf.eth0.rp_filter', value: '2' })
    expect(intent.sysctls.filter(({ key }) => key.includes('eth1'))).toEqual([])
  })
})

describe('a node of today: AL2023, CNI v1.23', () => {
  const intent = intentOf('al2023')

  test('nat holds the SNAT chain alone', () => {
    expect(natOf(intent)).toEqual([
      '-A POSTROUTING -m comment --comment "AWS SNAT CHAIN" -j AWS-SNAT-CHAIN-0',
      '-A AWS-SNAT-CHAIN-0 -d 192.168.0.0/16 -m comment --comment "AWS SNAT CHAIN" -j RETURN',
      '-A AWS-SNAT-CHAIN-0 ! -o vlan+ -m comment --comment "AWS, SNAT" -m addrtype ! --dst-type LOCAL -j SNAT --to-source 192.168.1.138 --random-fully',
    ])
  })

  test('connection marks live in table ip aws-cni', () => {
    expect(intent.nft).toMatchInlineSnapshot(`
      "table ip aws-cni {
      	chain nat-prerouting {
      		type nat hook prerouting priority dstnat + 10; policy accept;
      		fib daddr type local return
      		iifname "eni*" counter packets 0 bytes 0 jump snat-mark
      		counter packets 0 bytes 0 meta mark set ct mark & 0x00000080
      	}

      	chain snat-mark {
      		counter packets 0 bytes 0 ip daddr 192.168.0.0/16 return
      		counter packets 0 bytes 0 ct mark set ct mark | 0x00000080
      	}
      }
      "
    `)
  })

  test('v1.22 on nf_tables still marked in iptables, with its own comments', () => {
    const before = intentOf('al2023', { version: [1, 22, 4] })
    expect(before.nft).toBeNull()
    expect(chain('AWS-CONNMARK-CHAIN-0', before)).toEqual([
      '-A AWS-CONNMARK-CHAIN-0 -d 192.168.0.0/16 -m comment --comment "AWS CONNMARK CHAIN, VPC CIDR" -j RETURN',
      '-A AWS-CONNMARK-CHAIN-0 -m comment --comment "AWS, CONNMARK" -j CONNMARK --set-xmark 0x80/0x80',
    ])
  })

  test('ip rule of a node with three pods, one of them on the secondary ENI', () => {
    const [primary, secondary] = enisOf('al2023')
    const pods = [
      { address: '192.168.1.197', eni: primary },
      { address: '192.168.1.60', eni: secondary },
      { address: '192.168.1.190', eni: primary },
    ].flatMap(
      ({ address, eni }) =>
        podIntent({
          settings: settingsFor('al2023'),
          pod: { namespace: 'default', name: `pod-${address}`, address: ip4Of(address), eni },
        }).host.rules,
    )
    expect(printRules([...intent.rules, ...pods]).join('\n')).toBe(
      [
        '0:\tfrom all lookup local',
        '512:\tfrom all to 192.168.1.197 lookup main',
        '512:\tfrom all to 192.168.1.60 lookup main',
        '512:\tfrom all to 192.168.1.190 lookup main',
        '1024:\tfrom all fwmark 0x80/0x80 lookup main',
        '1536:\tfrom 192.168.1.60 lookup 2',
        '32765:\tfrom 192.168.1.55 lookup 2',
        '32766:\tfrom all lookup main',
        '32767:\tfrom all lookup default',
      ].join('\n'),
    )
  })
})

describe('settings that change the rules', () => {
  const excluded = [prefix('10.0.0.0/8'), prefix('172.16.0.0/12')]

  test('excluded CIDRs stand before the VPC, the last one first: each is inserted at the head', () => {
    const intent = intentOf('al2', { ...flat, excludeSnatCidrs: excluded })
    expect(chain('AWS-SNAT-CHAIN-0', intent).slice(0, 3)).toEqual([
      '-A AWS-SNAT-CHAIN-0 -d 172.16.0.0/12 -m comment --comment "AWS SNAT CHAIN EXCLUSION" -j RETURN',
      '-A AWS-SNAT-CHAIN-0 -d 10.0.0.0/8 -m comment --comment "AWS SNAT CHAIN EXCLUSION" -j RETURN',
      '-A AWS-SNAT-CHAIN-0 -d 192.168.0.0/16 -m comment --comment "AWS SNAT CHAIN" -j RETURN',
    ])
    expect(chain('AWS-CONNMARK-CHAIN-0', intent).slice(0, 3)).toEqual(
      ['172.16.0.0/12', '10.0.0.0/8', '192.168.0.0/16'].map(
        (cidr) => `-A AWS-CONNMARK-CHAIN-0 -d ${cidr} -m comment --comment "AWS CONNMARK CHAIN" -j RETURN`,
      ),
    )
  })

  test('until v1.16.0 they are links of a chain, in the order given', () => {
    const intent = intentOf('al2', { excludeSnatCidrs: excluded })
    expect(chain('AWS-SNAT-CHAIN', intent).slice(0, 3)).toEqual([
      '-A AWS-SNAT-CHAIN-0 ! -d 192.168.0.0/16 -m comment --comment "AWS SNAT CHAIN" -j AWS-SNAT-CHAIN-1',
      '-A AWS-SNAT-CHAIN-1 ! -d 10.0.0.0/8 -m comment --comment "AWS SNAT CHAIN EXCLUSION" -j AWS-SNAT-CHAIN-2',
      '-A AWS-SNAT-CHAIN-2 ! -d 172.16.0.0/12 -m comment --comment "AWS SNAT CHAIN EXCLUSION" -j AWS-SNAT-CHAIN-3',
    ])
    expect(chain('AWS-CONNMARK-CHAIN-1', intent)).toEqual([
      '-A AWS-CONNMARK-CHAIN-1 ! -d 10.0.0.0/8 -m comment --comment "AWS CONNMARK CHAIN, EXCLUDED CIDR" -j AWS-CONNMARK-CHAIN-2',
    ])
  })

  test('excluding everything leaves no destination to print', () => {
    expect(
      chain('AWS-SNAT-CHAIN-0', intentOf('al2', { ...flat, excludeSnatCidrs: [prefix('0.0.0.0/0')] }))[0],
    ).toBe('-A AWS-SNAT-CHAIN-0 -m comment --comment "AWS SNAT CHAIN EXCLUSION" -j RETURN')
  })

  test('a second VPC CIDR comes before the first', () => {
    const intent = intentOf('al2', flat, [vpc, prefix('100.64.0.0/16')])
    expect(chain('AWS-SNAT-CHAIN-0', intent).map((rule) => /-d (\S+)/.exec(rule)?.[1])).toEqual([
      '100.64.0.0/16',
      '192.168.0.0/16',
      undefined,
    ])
  })

  test.each([
    ['prng', '--to-source 192.168.1.138 --random-fully'],
    ['hashrandom', '--to-source 192.168.1.138 --random'],
    ['none', '--to-source 192.168.1.138'],
  ] as const)('RANDOMIZESNAT=%s ends the rule with %s', (randomizeSnat, end) => {
    expect(
      chain('AWS-SNAT-CHAIN-0', intentOf('al2', { ...flat, randomizeSnat }))
        .at(-1)
        ?.endsWith(end),
    ).toBe(true)
  })

  test.each([
    { over: flat, chains: ['AWS-SNAT-CHAIN-0'], because: 'v1.23 takes its connmark chain away' },
    {
      over: { version: [1, 22, 4] as const },
      chains: ['AWS-CONNMARK-CHAIN-0', 'AWS-SNAT-CHAIN-0'],
      because: 'v1.22 leaves both empty',
    },
  ])('EXTERNALSNAT=true leaves $chains without a rule: $because', ({ over, chains }) => {
    const intent = intentOf('al2', { ...over, externalSnat: true })
    expect(intent.iptables.nat).toEqual({
      table: 'nat',
      chains: chains.map((name) => ({ name, policy: null })),
      prepended: [],
      rules: [],
    })
    expect(intent.iptables.mangle.rules).toHaveLength(3)
    expect(intent.rules.map(({ priority }) => priority)).toContain(1024)
  })

  test('EXTERNALSNAT=true has no nftables table', () => {
    expect(intentOf('al2023', { externalSnat: true }).nft).toBeNull()
  })

  test.each([
    {
      nodePortSupport: false,
      externalSnat: false,
      version: [1, 23, 1],
      mangle: ['eni+'],
      rule: true,
      because: 'SNAT needs the mark',
    },
    {
      nodePortSupport: false,
      externalSnat: true,
      version: [1, 23, 1],
      mangle: [],
      rule: false,
      because: 'nobody sets a mark',
    },
    {
      nodePortSupport: false,
      externalSnat: false,
      version: [1, 12, 0],
      mangle: [],
      rule: false,
      because: 'v1.12.0 forgot SNAT',
    },
    {
      nodePortSupport: true,
      externalSnat: true,
      version: [1, 12, 0],
      mangle: ['eth0', 'eni+', 'vlan+'],
      rule: true,
      because: 'NodePort',
    },
  ] as const)(
    'NODE_PORT_SUPPORT=$nodePortSupport EXTERNALSNAT=$externalSnat v$version marks on $mangle: $because',
    ({ nodePortSupport, externalSnat, version, mangle, rule }) => {
      const intent = intentOf('al2', { version, nodePortSupport, externalSnat })
      expect(intent.iptables.mangle.rules.map((line) => /-i (\S+)/.exec(line)?.[1])).toEqual(mangle)
      expect(intent.rules.some(({ priority }) => priority === 1024)).toBe(rule)
    },
  )

  test('CONNMARK replaces 0x80 wherever it stands', () => {
    const [legacy, nft] = [intentOf('al2', { connmark: 0x400 }), intentOf('al2023', { connmark: 0x400 })]
    const all = JSON.stringify([legacy, nft])
    expect(all).not.toContain('0x80')
    expect(all).toContain('0x400/0x400')
    expect(nft.nft).toContain('ct mark & 0x00000400')
  })

  test('AWS_EXTERNAL_SERVICE_CIDRS go by main', () => {
    expect(intentOf('al2', { externalServiceCidrs: [prefix('198.51.100.0/24')] }).rules).toContainEqual({
      priority: 1535,
      line: 'from all to 198.51.100.0/24 lookup main',
    })
  })
})

describe('a pod', () => {
  const [primary, secondary] = enisOf('al2')
  const pod = { namespace: 'default', name: 'netshoot-pod-79b47d6c48-4xk2p', address: ip4Of('192.168.1.60') }
  const settings = settingsFor('al2')

  test('on a secondary ENI', () => {
    const intent = podIntent({ settings, pod: { ...pod, eni: secondary } })
    expect(intent).toMatchObject({
      hostInterface: 'eni211a53c4e3b',
      mtu: 9001,
      transmitQueueLength: 0,
      pod: {
        address: '192.168.1.60/32',
        routes: [
          { table: 'main', line: '169.254.1.1 dev eth0 scope link' },
          { table: 'main', line: 'default via 169.254.1.1 dev eth0' },
        ],
        neighbour: { address: '169.254.1.1', dev: 'eth0', state: 'permanent' },
      },
      host: {
        routes: [{ table: 'main', line: '192.168.1.60 dev eni211a53c4e3b scope link' }],
        rules: [
          { priority: 512, line: 'from all to 192.168.1.60 lookup main' },
          { priority: 1536, line: 'from 192.168.1.60 lookup 2' },
        ],
      },
    })
  })

  test.each([
    { because: 'main needs no rule', eni: primary, version: [1, 12, 6], externalSnat: false, want: [] },
    {
      because: 'EXTERNALSNAT changes no pod rule',
      eni: secondary,
      version: [1, 12, 6],
      externalSnat: true,
      want: ['from 192.168.1.60 lookup 2'],
    },
    {
      because: 'before v1.8 the rule named each VPC CIDR',
      eni: secondary,
      version: [1, 7, 10],
      externalSnat: false,
      want: ['from 192.168.1.60 to 192.168.0.0/16 lookup 2'],
    },
    {
      because: 'before v1.8 EXTERNALSNAT took the CIDR away',
      eni: secondary,
      version: [1, 7, 10],
      externalSnat: true,
      want: ['from 192.168.1.60 lookup 2'],
    },
  ] as const)('its from-rules: $because', ({ eni, version, externalSnat, want }) => {
    const { host } = podIntent({
      settings: { ...settings, version, externalSnat },
      pod: { ...pod, eni },
      vpcCidrs: [vpc],
    })
    expect(host.rules.filter(({ priority }) => priority === 1536).map(({ line }) => line)).toEqual(want)
  })
})

describe('what the image brings', () => {
  test.each([
    [
      'al2',
      '192.168.1.138/24 brd 192.168.1.255 scope global dynamic eth0',
      [
        'default via 192.168.1.1 dev eth0',
        '169.254.169.254 dev eth0',
        '192.168.1.0/24 dev eth0 proto kernel scope link src 192.168.1.138',
      ],
    ],
    [
      'al2023',
      '192.168.1.138/24 metric 512 brd 192.168.1.255 scope global dynamic ens5',
      [
        'default via 192.168.1.1 dev ens5 proto dhcp src 192.168.1.138 metric 512',
        '192.168.0.2 via 192.168.1.1 dev ens5 proto dhcp src 192.168.1.138 metric 512',
        '192.168.1.0/24 dev ens5 proto kernel scope link src 192.168.1.138 metric 512',
        '192.168.1.1 dev ens5 proto dhcp scope link src 192.168.1.138 metric 512',
      ],
    ],
  ] as const)('%s: address and main table', (ami, address, routes) => {
    const intent = amiIntent({ ami, primary: enisOf(ami)[0], resolver: ip4Of('192.168.0.2') })
    expect(intent.primary.addressLine).toBe(address)
    expect(intent.routes.map(({ line }) => line)).toEqual(routes)
    expect(intent.sysctls).toContainEqual({ key: 'net.ipv4.ip_forward', value: '1' })
  })

  test('a resolver in the same subnet is on the link', () => {
    const primary = {
      ...enisOf('al2023')[0],
      address: ip4Of('192.168.0.9'),
      subnet: prefix('192.168.0.0/24'),
    }
    expect(amiIntent({ ami: 'al2023', primary, resolver: ip4Of('192.168.0.2') }).routes.at(-1)?.line).toBe(
      '192.168.0.2 dev ens5 proto dhcp scope link src 192.168.0.9 metric 512',
    )
  })
})
