import { userChain, type IptablesPart } from '../../../intent/iptables-table.ts'
import type { IntendedRule } from '../../../intent/routing.ts'
import type { NodeIntent } from '../../../intent/vpc-cni/node.ts'
import type { Act } from '../act.ts'

/** What a node has of aws-node's at this moment, whoever else has been at it. */
export interface CniPresent {
  readonly mangle: IptablesPart
  readonly nat: IptablesPart
  readonly rules: readonly IntendedRule[]
}

/** Prints what `readPresent` reads. */
export const presentScript = 'iptables-save -t mangle; iptables-save -t nat; ip rule show'

/** aws-node's own are its chains, and the jumps whose comments name it. */
export function readPresent(text: string): CniPresent {
  const lines = text.split('\n')
  const part = (table: (typeof tables)[number]): IptablesPart => {
    const start = lines.indexOf(`*${table}`)
    const own = start < 0 ? [] : lines.slice(start, lines.indexOf('COMMIT', start))
    return {
      table,
      chains: own.flatMap((line) => {
        const name = /^:(AWS-\S+) /.exec(line)?.[1]
        return name === undefined ? [] : [userChain(name)]
      }),
      prepended: [],
      rules: own.filter((line) => /^-A AWS-/.test(line) || /^-A .*--comment "?AWS\b/.test(line)),
    }
  }
  const rules = lines.flatMap((line): readonly IntendedRule[] => {
    const found = /^(\d+):\s+(\S.*)$/.exec(line.trim())
    return found ? [{ priority: Number(found[1]), line: found[2] ?? '' }] : []
  })
  return { mangle: part('mangle'), nat: part('nat'), rules }
}

/**
 * What aws-node changes on its node when it starts (UpdateHostIptablesRules in pkg/networkutils/network.go): what it wants and
 * is not there is made, what it wanted before and wants no more is taken away, and so is what is strange in its own chains.
 * Interfaces that stand keep their name and MTU.
 */
export function cniChange(present: CniPresent, before: NodeIntent, after: NodeIntent): readonly Act[] {
  const why = 'aws-node starts'
  const isThere = (rule: IntendedRule): boolean => present.rules.some((one) => sameRule(one, rule))
  const rules = tables.flatMap((table) => tableChange(present[table], after.iptables[table]))
  const ipLines = [
    ...before.rules
      .filter((rule) => isThere(rule) && !after.rules.some((one) => sameRule(one, rule)))
      .map((rule) => `rule del pref ${rule.priority} ${rule.line}`),
    ...after.rules
      .filter((rule) => !isThere(rule))
      .map((rule) => `rule add pref ${rule.priority} ${rule.line}`),
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

const sameRule = (one: IntendedRule, other: IntendedRule): boolean =>
  one.priority === other.priority && one.line === other.line

const tables = ['mangle', 'nat'] as const

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
