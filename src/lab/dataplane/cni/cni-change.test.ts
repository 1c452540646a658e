import { describe, expect, test } from 'vitest'
import { ip4Of } from '../../../model/address/address.ts'
import { prefix } from '../../../model/address/prefix.ts'
import { nodeIntent, type NodeIntent } from '../../../intent/vpc-cni/node.ts'
import { settingsFor, type VpcCniSettings } from '../../../intent/vpc-cni/settings.ts'
import type { Act } from '../act.ts'
import { cniChange, readPresent } from './cni-change.ts'

const intent = (change: Partial<VpcCniSettings> = {}, ami: 'al2' | 'al2023' = 'al2'): NodeIntent =>
  nodeIntent({
    settings: { ...settingsFor(ami), ...change },
    enis: [
      {
        device: 'eth0',
        deviceIndex: 0,
        mac: '02:00:00:00:00:01',
        address: ip4Of('192.168.1.138'),
        subnet: prefix('192.168.1.0/24'),
      },
    ],
    vpcCidrs: [prefix('192.168.0.0/16')],
  })

/** What `presentScript` prints on a node that is as intended, among lines of others. */
const printed = ({ iptables, rules }: NodeIntent, edit: (text: string) => string = (text) => text): string =>
  edit(
    [
      ...([iptables.mangle, iptables.nat] as const).flatMap((part) => [
        `*${part.table}`,
        ':PREROUTING ACCEPT [12:720]',
        ...part.chains.map(({ name }) => `:${name} - [0:0]`),
        ...(part.table === 'nat'
          ? ['-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES']
          : []),
        ...part.rules,
        'COMMIT',
        '# Completed',
      ]),
      '0:\tfrom all lookup local',
      ...rules.map((rule) => `${rule.priority}:\t${rule.line}`),
      '32766:\tfrom all lookup main',
    ].join('\n'),
  )

const textOf = (acts: readonly Act[]): string =>
  acts
    .map((act) => (act.kind === 'ip' ? act.lines.join('\n') : 'text' in act ? act.text.trimEnd() : act.kind))
    .join('\n')

const change = (from: NodeIntent, to: NodeIntent, edit: (text: string) => string = (text) => text): string =>
  textOf(cniChange(readPresent(printed(from, edit)), from, to))

describe('aws-node, when it starts,', () => {
  test.each(['al2', 'al2023'] as const)('changes nothing where all is as it wants it: %s', (ami) => {
    expect(change(intent({}, ami), intent({}, ami))).toBe('')
  })

  test('with EXTERNALSNAT empties its chains and takes its jumps away', () => {
    expect(change(intent(), intent({ externalSnat: true }))).toMatchInlineSnapshot(`
      "*nat
      :AWS-CONNMARK-CHAIN-0 - [0:0]
      :AWS-CONNMARK-CHAIN-1 - [0:0]
      :AWS-SNAT-CHAIN-0 - [0:0]
      :AWS-SNAT-CHAIN-1 - [0:0]
      -D POSTROUTING -m comment --comment "AWS SNAT CHAIN" -j AWS-SNAT-CHAIN-0
      -D PREROUTING -i eni+ -m comment --comment "AWS, outbound connections" -j AWS-CONNMARK-CHAIN-0
      -D PREROUTING -m comment --comment "AWS, CONNMARK" -j CONNMARK --restore-mark --nfmask 0x80 --ctmask 0x80
      COMMIT"
    `)
  })

  test('and without it writes them anew', () => {
    expect(change(intent({ externalSnat: true }), intent())).toMatchInlineSnapshot(`
      "*nat
      :AWS-CONNMARK-CHAIN-0 - [0:0]
      :AWS-CONNMARK-CHAIN-1 - [0:0]
      :AWS-SNAT-CHAIN-0 - [0:0]
      :AWS-SNAT-CHAIN-1 - [0:0]
      -A AWS-CONNMARK-CHAIN-0 ! -d 192.168.0.0/16 -m comment --comment "AWS CONNMARK CHAIN, VPC CIDR" -j AWS-CONNMARK-CHAIN-1
      -A AWS-CONNMARK-CHAIN-1 -m comment --comment "AWS, CONNMARK" -j CONNMARK --set-xmark 0x80/0x80
      -A AWS-SNAT-CHAIN-0 ! -d 192.168.0.0/16 -m comment --comment "AWS SNAT CHAIN" -j AWS-SNAT-CHAIN-1
      -A AWS-SNAT-CHAIN-1 ! -o vlan+ -m comment --comment "AWS, SNAT" -m addrtype ! --dst-type LOCAL -j SNAT --to-source 192.168.1.138 --random-fully
      -A POSTROUTING -m comment --comment "AWS SNAT CHAIN" -j AWS-SNAT-CHAIN-0
      -A PREROUTING -i eni+ -m comment --comment "AWS, outbound connections" -j AWS-CONNMARK-CHAIN-0
      -A PREROUTING -m comment --comment "AWS, CONNMARK" -j CONNMARK --restore-mark --nfmask 0x80 --ctmask 0x80
      COMMIT"
    `)
  })

  test('with another mark takes the rule of the old one away', () => {
    expect(change(intent(), intent({ connmark: 0x100 }))).toMatch(
      /^rule del pref 1024 from all fwmark 0x80\/0x80 lookup main\nrule add pref 1024 from all fwmark 0x100\/0x100 lookup main\n/,
    )
  })

  test('puts a rule back that somebody took, and a jump', () => {
    const without = (text: string): string =>
      text.replace(/^1024:.*\n/m, '').replace(/^-A POSTROUTING .*AWS-SNAT-CHAIN-0\n/m, '')
    expect(change(intent(), intent(), without)).toMatchInlineSnapshot(`
      "rule add pref 1024 from all fwmark 0x80/0x80 lookup main
      *nat
      -A POSTROUTING -m comment --comment "AWS SNAT CHAIN" -j AWS-SNAT-CHAIN-0
      COMMIT"
    `)
  })

  test('writes a chain of its own anew where a stranger’s rule is in it', () => {
    const strange = (text: string): string =>
      text.replace(/^(-A AWS-SNAT-CHAIN-0 )/m, '-A AWS-SNAT-CHAIN-0 -j ACCEPT\n$1')
    expect(change(intent(), intent(), strange)).toMatchInlineSnapshot(`
      "*nat
      :AWS-SNAT-CHAIN-0 - [0:0]
      -A AWS-SNAT-CHAIN-0 ! -d 192.168.0.0/16 -m comment --comment "AWS SNAT CHAIN" -j AWS-SNAT-CHAIN-1
      COMMIT"
    `)
  })

  test('moves connection marks of nftables with its settings', () => {
    const text = change(intent({}, 'al2023'), intent({ externalSnat: true }, 'al2023'))
    expect(text).toContain('delete table ip aws-cni')
    expect(change(intent({ externalSnat: true }, 'al2023'), intent({}, 'al2023'))).toContain(
      'table ip aws-cni {',
    )
  })
})
