import { describe, expect, test } from 'vitest'
import { mergeTables, printSave, renderRestore, userChain, type IptablesPart } from './iptables-table.ts'

const part = (over: Partial<IptablesPart>): IptablesPart => ({
  table: 'nat',
  chains: [],
  prepended: [],
  rules: [],
  ...over,
})
const kubelet = part({
  table: 'filter',
  chains: [userChain('KUBE-FIREWALL')],
  prepended: ['-A INPUT -j KUBE-FIREWALL'],
})
const proxy = part({ chains: [userChain('KUBE-SERVICES')], prepended: ['-A PREROUTING -j KUBE-SERVICES'] })
const cni = part({
  chains: [userChain('AWS-X')],
  rules: ['-A PREROUTING -i eni+ -j AWS-X', '-A AWS-X -j RETURN'],
})

describe('merging what several programs wrote', () => {
  test.each([
    { because: 'whoever starts first', parts: [proxy, cni] },
    { because: 'or last', parts: [cni, proxy] },
  ])('prepended rules stand before appended ones, $because', ({ parts }) => {
    expect(mergeTables(...parts)[0]?.rules).toEqual([
      '-A PREROUTING -j KUBE-SERVICES',
      '-A PREROUTING -i eni+ -j AWS-X',
      '-A AWS-X -j RETURN',
    ])
  })

  test('each program pushes earlier ones down', () => {
    const later = part({ table: 'filter', chains: [userChain('LATER')], prepended: ['-A INPUT -j LATER'] })
    expect(mergeTables(kubelet, later)[0]?.rules).toEqual(['-A INPUT -j LATER', '-A INPUT -j KUBE-FIREWALL'])
  })

  test('built-in chains first, user-defined ones by name', () => {
    expect(mergeTables(proxy, cni)[0]?.chains.map(({ name }) => name)).toEqual([
      'PREROUTING',
      'INPUT',
      'OUTPUT',
      'POSTROUTING',
      'AWS-X',
      'KUBE-SERVICES',
    ])
  })

  test('a rule of a chain nobody declared is our mistake', () => {
    expect(() => mergeTables(part({ rules: ['-A NOWHERE -j ACCEPT'] }))).toThrow(
      'no chain for the rule: -A NOWHERE',
    )
    expect(() => mergeTables(part({ rules: ['-I PREROUTING -j ACCEPT'] }))).toThrow('not an iptables rule')
  })
})

test('one input for iptables-restore', () => {
  expect(renderRestore(mergeTables(kubelet, proxy))).toMatchInlineSnapshot(`
    "*filter
    :INPUT ACCEPT [0:0]
    :FORWARD ACCEPT [0:0]
    :OUTPUT ACCEPT [0:0]
    :KUBE-FIREWALL - [0:0]
    -A INPUT -j KUBE-FIREWALL
    COMMIT

    *nat
    :PREROUTING ACCEPT [0:0]
    :INPUT ACCEPT [0:0]
    :OUTPUT ACCEPT [0:0]
    :POSTROUTING ACCEPT [0:0]
    :KUBE-SERVICES - [0:0]
    -A PREROUTING -j KUBE-SERVICES
    COMMIT
    "
  `)
})

test('the legacy backend prints the youngest table first', () => {
  const tables = mergeTables(kubelet, proxy)
  const stars = (lines: readonly string[]): readonly string[] => lines.filter((line) => line.startsWith('*'))
  expect(stars(printSave(tables, 'nft'))).toEqual(['*filter', '*nat'])
  expect(stars(printSave(tables, 'legacy'))).toEqual(['*nat', '*filter'])
})
