/** Does a stack track connections? Only while something asks it to (nf_ct_netns_get): entries from before then are passed over. */
import { isIp4, type Family } from '../../model/address/address.ts'
import type { NftValue } from '../../model/stack/nft.ts'
import type { FilterRule } from '../../model/stack/ruleset.ts'
import type { NetworkStack } from '../../model/stack/stack.ts'
import { knownConnections, type KnownConnections } from '../run/connection.ts'

const matches: ReadonlySet<string> = new Set([
  'cluster',
  'connbytes',
  'connlabel',
  'connlimit',
  'connmark',
  'conntrack',
  'helper',
  'state',
])

const targets: ReadonlySet<string> = new Set([
  'CONNMARK',
  'CONNSECMARK',
  'CT',
  'DNAT',
  'MASQUERADE',
  'NETMAP',
  'REDIRECT',
  'SNAT',
  'SYNPROXY',
])

const expressions: ReadonlySet<string> = new Set([
  'ct',
  'ct count',
  'ct expectation',
  'ct helper',
  'ct timeout',
  'dnat',
  'flow',
  'masquerade',
  'redirect',
  'snat',
  'synproxy',
])

/** The connections that a packet of the stack may belong to. */
export function trackedConnections(stack: NetworkStack): KnownConnections {
  const entries = stack.conntrack ?? []
  if (entries.length === 0) return knownConnections(entries)
  const tracked = [tracksConnections(stack, 4), tracksConnections(stack, 6)] as const
  return knownConnections(entries.filter(({ original }) => tracked[isIp4(original.src) ? 0 : 1]))
}

/** False: nothing that was read asks for it. What could not be read may ask for it. */
export function tracksConnections(stack: NetworkStack, family: Family): boolean {
  const rulesets = family === 4 ? stack.iptables : stack.ip6tables
  if (rulesets === null || stack.nft === null) return true
  // IPVS has conntrack's help, if it wants to.
  if (stack.links.some(({ name }) => name === 'kube-ipvs0')) return true
  const other = family === 4 ? 'ip6' : 'ip'
  return (
    rulesets.some(({ tables }) =>
      tables.some(({ chains }) => chains.some(({ rules }) => rules.some(asks))),
    ) ||
    stack.nft.some(
      (table) =>
        table.family !== other &&
        table.chains.some(({ rules }) => rules.some((rule) => mentions(rule.expressions))),
    )
  )
}

const asks = (rule: FilterRule): boolean =>
  rule.problem !== null ||
  rule.matches.some(({ module }) => matches.has(module)) ||
  (rule.target !== null &&
    targets.has(rule.target.name) &&
    !rule.target.options.some(({ name }) => name === '--notrack'))

function mentions(value: NftValue): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (Array.isArray(value)) return (value as readonly NftValue[]).some(mentions)
  return Object.entries(value).some(
    ([key, inner]) => expressions.has(key) || key === 'xt' || mentions(inner as NftValue),
  )
}
