import type { IptablesBackend, IptablesPart } from '../../intent/iptables-table.ts'
import type { Act } from './act.ts'

/**
 * One sync of kube-proxy: its own chains are flushed and filled, chains it no longer needs are removed, and nothing
 * else is touched, so that counters and rules put in by hand stay (kube-proxy restores with --noflush too).
 */
export function serviceSync(
  backend: IptablesBackend,
  before: readonly IptablesPart[],
  after: readonly IptablesPart[],
): readonly Act[] {
  const tables = [...new Set(after.map((part) => part.table))]
  const text = tables.flatMap((table) => {
    const of = (parts: readonly IptablesPart[]): readonly IptablesPart[] =>
      parts.filter((part) => part.table === table)
    const own = (parts: readonly IptablesPart[]): readonly string[] =>
      of(parts).flatMap((part) =>
        part.chains.filter((chain) => chain.policy === null).map((chain) => chain.name),
      )
    const chains = new Set(own(after))
    const gone = own(before).filter((name) => !chains.has(name))
    return [
      `*${table}`,
      ...[...chains, ...gone].map((name) => `:${name} - [0:0]`),
      ...of(after)
        .flatMap((part) => part.rules)
        .filter((rule) => chains.has(/^-A (\S+)/.exec(rule)?.[1] ?? '')),
      ...gone.map((name) => `-X ${name}`),
      'COMMIT',
    ]
  })
  return [
    {
      kind: 'iptables-restore',
      why: 'kube-proxy syncs its rules',
      backend,
      family: 4,
      keep: true,
      text: `${text.join('\n')}\n`,
    },
  ]
}
