/** The CNI's `table ip aws-cni`, which no archive holds (`nft list ruleset` is not collected), from what iptables tells. */
import type { FilterRule, Ruleset } from '../../model/stack/ruleset.ts'

/** `null`: what nf_tables holds beside iptables cannot be told. */
export interface DerivedNft {
  /** As `nft -j list ruleset` would print it. */
  readonly json: string
  readonly because: string
}

const derived = 'derived: not in the archive'

/**
 * Since CNI v1.23.0 connection marks live in an nftables table of their own when the node's iptables is nf_tables
 * (pkg/networkutils/nftables_connmark.go), with the same CIDRs as AWS-SNAT-CHAIN-0. Null where kube-proxy's chains are
 * missing too: then kube-proxy may be in nftables mode, and nothing can be said.
 */
export function derivedNft(rulesets: readonly Ruleset[]): DerivedNft | null {
  const set = rulesets.find((ruleset) => ruleset.backend === 'nft')
  if (!set) return null
  const chain = (table: string, name: string): readonly FilterRule[] | undefined =>
    set.tables.find((one) => one.name === table)?.chains.find((one) => one.name === name)?.rules
  const snat = chain('nat', 'AWS-SNAT-CHAIN-0')
  if (!chain('nat', 'KUBE-SERVICES') || !snat) return null
  if ((chain('nat', 'AWS-CONNMARK-CHAIN-0') ?? []).length > 0)
    return { json: '', because: 'the CNI marks connections in iptables here, so it has no nftables table' }
  if (!snat.some((rule) => rule.target?.name === 'SNAT'))
    return { json: '', because: 'AWS-SNAT-CHAIN-0 rewrites nothing, so the CNI marks no connections for it' }
  const restore = (chain('mangle', 'PREROUTING') ?? []).find(
    (rule) => rule.target?.name === 'CONNMARK' && valueOf(rule, '-i')?.startsWith('eni') === true,
  )
  const prefix = (restore && valueOf(restore, '-i')) ?? 'eni+'
  const mark = Number(
    restore?.target?.options.find((option) => option.name === '--ctmask')?.values[0] ?? 0x80,
  )
  const cidrs = snat
    .filter((rule) => rule.target?.name === 'RETURN')
    .map((rule) => valueOf(rule, '-d') ?? '0.0.0.0/0')
  return {
    json: tableJson(prefix.replace(/\+$/, '*'), Number.isSafeInteger(mark) ? mark : 0x80, cidrs),
    because: 'table ip aws-cni is taken to be as the CNI writes it, with the CIDRs of AWS-SNAT-CHAIN-0',
  }
}

const valueOf = (rule: FilterRule, option: string): string | undefined =>
  rule.matches
    .filter((match) => match.module === '')
    .flatMap((match) => match.options)
    .find((one) => one.name === option && !one.not)?.values[0]

function tableJson(interfaces: string, mark: number, cidrs: readonly string[]): string {
  const place = { family: 'ip', table: 'aws-cni' }
  const rule = (chain: string, ...expr: readonly unknown[]): unknown => ({
    rule: { ...place, chain, expr, comment: derived },
  })
  const equal = (left: unknown, right: unknown): unknown => ({ match: { op: '==', left, right } })
  const set = (key: unknown, value: unknown): unknown => ({ mangle: { key, value } })
  const connection = { ct: { key: 'mark' } }
  return JSON.stringify({
    nftables: [
      { table: { family: 'ip', name: 'aws-cni' } },
      {
        chain: {
          ...place,
          name: 'nat-prerouting',
          type: 'nat',
          hook: 'prerouting',
          prio: -90,
          policy: 'accept',
        },
      },
      { chain: { ...place, name: 'snat-mark' } },
      rule('nat-prerouting', equal({ fib: { result: 'type', flags: ['daddr'] } }, 'local'), { return: null }),
      rule('nat-prerouting', equal({ meta: { key: 'iifname' } }, interfaces), {
        jump: { target: 'snat-mark' },
      }),
      rule('nat-prerouting', set({ meta: { key: 'mark' } }, { '&': [connection, mark] })),
      ...cidrs.map((cidr) => {
        const [addr = '', length = '32'] = cidr.split('/')
        return rule(
          'snat-mark',
          equal({ payload: { protocol: 'ip', field: 'daddr' } }, { prefix: { addr, len: Number(length) } }),
          { return: null },
        )
      }),
      rule('snat-mark', set(connection, { '|': [connection, mark] })),
    ],
  })
}
