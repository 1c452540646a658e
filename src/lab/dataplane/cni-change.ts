import type { IptablesPart } from '../../intent/iptables-table.ts'
import type { NodeIntent } from '../../intent/vpc-cni/node.ts'
import type { Act } from './act.ts'

/**
 * What aws-node changes on its node when it starts again with another environment (UpdateHostIptablesRules in
 * pkg/networkutils/network.go): its own lines alone, so that all else, and counters, stay as they are. Interfaces that stand
 * keep their name and MTU.
 */
export function cniChange(before: NodeIntent, after: NodeIntent): readonly Act[] {
  const why = 'aws-node starts with another environment'
  const rules = tables.flatMap((table) => tableChange(before.iptables[table], after.iptables[table]))
  const ipLines = [
    ...without(before.rules, after.rules).map((rule) => `rule del pref ${rule.priority} ${rule.line}`),
    ...without(after.rules, before.rules).map((rule) => `rule add pref ${rule.priority} ${rule.line}`),
  ]
  return [
    ...(ipLines.length === 0 ? [] : [{ kind: 'ip' as const, why, lines: ipLines }]),
    ...(rules.length === 0
      ? []
      : [
          {
            kind: 'iptables-restore' as const,
            why,
            backend: after.iptables.backend,
            family: 4 as const,
            keep: true,
            text: `${rules.join('\n')}\n`,
          },
        ]),
    ...(before.nft === after.nft
      ? []
      : [
          {
            kind: 'nft' as const,
            why,
            text: [...(before.nft === null ? [] : ['delete table ip aws-cni']), after.nft ?? ''].join('\n'),
          },
        ]),
  ]
}

const tables = ['mangle', 'nat'] as const

const without = <T extends { readonly line: string }>(these: readonly T[], those: readonly T[]): T[] =>
  these.filter(({ line }) => those.every((one) => one.line !== line))

const chainOf = (rule: string): string => /^-A (\S+)/.exec(rule)?.[1] ?? ''

/** As `iptables-restore --noflush` takes it: a chain of its own whose rules are others is written anew, jumps one by one. */
function tableChange(before: IptablesPart, after: IptablesPart): readonly string[] {
  const own = (part: IptablesPart): readonly string[] => part.chains.map(({ name }) => name)
  const rulesOf = (part: IptablesPart, chain: string): readonly string[] =>
    part.rules.filter((rule) => chainOf(rule) === chain)
  const known = new Set([...own(before), ...own(after)])
  const jumps = (part: IptablesPart): readonly string[] =>
    part.rules.filter((rule) => !known.has(chainOf(rule)))
  const changed = own(after).filter(
    (chain) =>
      !own(before).includes(chain) || rulesOf(before, chain).join('\n') !== rulesOf(after, chain).join('\n'),
  )
  const gone = own(before).filter((chain) => !own(after).includes(chain))
  const lines = [
    ...[...changed, ...gone].map((chain) => `:${chain} - [0:0]`),
    ...jumps(before)
      .filter((rule) => !jumps(after).includes(rule))
      .map((rule) => rule.replace(/^-A/, '-D')),
    ...changed.flatMap((chain) => rulesOf(after, chain)),
    ...jumps(after).filter((rule) => !jumps(before).includes(rule)),
    ...gone.map((chain) => `-X ${chain}`),
  ]
  return lines.length === 0 ? [] : [`*${after.table}`, ...lines, 'COMMIT']
}
