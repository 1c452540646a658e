import { formatIp, isIp4 } from '../model/address/address.ts'
import type { Edit } from '../model/fabric/edit.ts'
import type { Fabric } from '../model/fabric/fabric.ts'
import { readRoutesText } from '../linux/ip/route.ts'
import { readRulesText } from '../linux/ip/rule.ts'
import { readRule } from '../linux/netfilter/iptables-rule.ts'
import { stackKind } from '../model/stack/stack-id.ts'

/** Whole numbers below n, the same ones for the same seed (xorshift32). */
export function chances(seed: number): (below: number) => number {
  let state = seed * 2654435761 + 1 || 1
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

const targets = ['DROP', 'REJECT', 'RETURN', 'ACCEPT'] as const

/** A line that somebody may type into any node of the fabric; null: this one would be no line. */
export function addedLine({ stacks }: Fabric, chance: (below: number) => number): Edit | null {
  const one = <T>(list: readonly T[]): T => list[chance(list.length)]!
  const stack = one(stacks.filter(({ id }) => stackKind(id) === 'node'))
  const addresses = stacks
    .filter(({ id }) => stackKind(id) === 'pod')
    .flatMap(({ links }) => links.flatMap((link) => link.addresses))
    .flatMap(({ address, scope }) => (isIp4(address) && scope === 'global' ? [formatIp(address)] : []))
  const address = one([...addresses, '198.51.100.100', '10.100.0.10'])
  const kind = chance(5)
  if (kind === 0) {
    const [after] = readRoutesText(`${one(['blackhole', 'unreachable', 'prohibit'])} ${address}`, 4).value
    return after ? { stack: stack.id, kind: 'route', before: null, after } : null
  }
  if (kind === 1) {
    const line = `${1 + chance(1500)}: ${one(['from', 'from all to'])} ${address} ${one(['prohibit', 'blackhole', 'lookup 2', 'lookup main'])}`
    const [after] = readRulesText(line, 4).value
    return after ? { stack: stack.id, kind: 'rule', before: null, after } : null
  }
  const ruleset = one((stack.iptables ?? []).filter(({ tables }) => tables.length > 0))
  const table = one(ruleset.tables)
  const chain = one(table.chains.filter(({ policy }) => policy !== null))
  const match = `${one(['-s', '-d'])} ${address}${one(['', ' -p icmp', ' -p tcp', ' -p udp'])}`
  const target =
    table.name === 'nat'
      ? chain.name === 'POSTROUTING'
        ? one(['MASQUERADE', 'SNAT --to-source 192.168.250.77'])
        : chain.name === 'INPUT'
          ? 'RETURN'
          : 'DNAT --to-destination 192.168.250.77'
      : table.name === 'filter'
        ? one(targets)
        : one(['DROP', 'ACCEPT'])
  const after = readRule(`-A ${chain.name} ${match} -j ${target}`)
  if (typeof after === 'string') return null
  const place = { family: 4, backend: ruleset.backend, table: table.name, chain: chain.name } as const
  return {
    stack: stack.id,
    ...place,
    kind: 'iptables-rule',
    index: chance(chain.rules.length + 1),
    before: null,
    after,
  }
}
