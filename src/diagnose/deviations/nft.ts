/** A node's own tables of nftables: the VPC CNI's connection marks, and tables of others. */
import type { Author, Deviation } from '../../model/diagnosis/deviation.ts'
import type { NftRule, NftTable, NftValue } from '../../model/stack/nft.ts'
import type { NetworkStack } from '../../model/stack/stack.ts'
import { formatPrefix } from '../../model/address/prefix.ts'
import { nftTable } from '../../intent/vpc-cni/nft-table.ts'
import { formatNftRule } from '../../linux/netfilter/nft-line.ts'
import { authorOf } from './author.ts'
import { compareLines } from './compare-lines.ts'
import type { NodeFacts } from './node-facts.ts'

/** The VPC CNI's own, of the family ip. */
export const cniTable = 'aws-cni'

export function nftDeviations(facts: NodeFacts): readonly Deviation[] {
  const { stack } = facts
  if (stack.nft === null) return []
  return [
    ...marksOf(facts, stack.nft),
    ...othersTables(stack, stack.nft),
    ...ofOtherBackend(stack, stack.nft),
  ]
}

/** What the CNI writes there, as nft prints it; null: it writes none, or nobody can tell. */
function wantedRules(facts: NodeFacts): readonly NftRule[] | null {
  const primary = facts.enis.find(({ deviceIndex }) => deviceIndex === 0)
  if (!facts.environmentKnown || primary === undefined || facts.vpcCidrs.length === 0) return null
  if (nftTable({ settings: facts.settings, vpcCidrs: facts.vpcCidrs, primary }) === null) return null
  const mark: NftValue = facts.settings.connmark
  const connection: NftValue = { ct: { key: 'mark' } }
  const equal = (left: NftValue, right: NftValue): NftValue => ({ match: { op: '==', left, right } })
  const set = (key: NftValue, value: NftValue): NftValue => ({ mangle: { key, value } })
  const cidrs = [
    ...new Map(
      [...facts.vpcCidrs, ...facts.settings.excludeSnatCidrs].map((one) => [formatPrefix(one), one]),
    ).keys(),
  ]
  const rule = (
    chain: string,
    ...expressions: readonly NftValue[]
  ): NftRule & { readonly chain: string } => ({
    handle: 0,
    expressions,
    counter: null,
    line: formatNftRule(expressions),
    chain,
  })
  return [
    rule('nat-prerouting', equal({ fib: { result: 'type', flags: ['daddr'] } }, 'local'), { return: null }),
    rule('nat-prerouting', equal({ meta: { key: 'iifname' } }, `${facts.settings.vethPrefix}*`), {
      jump: { target: 'snat-mark' },
    }),
    rule('nat-prerouting', set({ meta: { key: 'mark' } }, { '&': [connection, mark] })),
    ...cidrs.map((cidr) => {
      const [addr = '', length = '32'] = cidr.split('/')
      const daddr: NftValue = { payload: { protocol: 'ip', field: 'daddr' } }
      return rule('snat-mark', equal(daddr, { prefix: { addr, len: Number(length) } }), { return: null })
    }),
    rule('snat-mark', set(connection, { '|': [connection, mark] })),
  ]
}

function marksOf(facts: NodeFacts, tables: readonly NftTable[]): readonly Deviation[] {
  const { stack } = facts
  const wanted = wantedRules(facts) as readonly (NftRule & { readonly chain: string })[] | null
  const table = tables.find(({ family, name }) => family === 'ip' && name === cniTable)
  if (wanted === null) return []
  if (table === undefined) return [missingTable(stack, wanted)]
  return ['nat-prerouting', 'snat-mark'].flatMap((name) => {
    const chain = table.chains.find((one) => one.name === name)
    const lines = wanted.filter((rule) => rule.chain === name)
    const seen = chain?.rules ?? []
    const key = ({ line }: NftRule): string => line
    const { missing, more } = compareLines(lines, seen, key, key)
    const place = { stack: stack.id, family: 'ip', table: cniTable, chain: name } as const
    return [
      ...missing.map((rule): Deviation => ({
        stack: stack.id,
        what: 'connection-mark',
        kind: 'missing',
        line: null,
        expected: rule.line,
        author: 'vpc-cni',
        edits: [
          {
            ...place,
            kind: 'nft-rule',
            index: Math.min(lines.indexOf(rule), seen.length),
            before: null,
            after: rule,
          },
        ],
      })),
      ...more.map((rule): Deviation => ({
        stack: stack.id,
        what: 'connection-mark',
        kind: 'foreign',
        line: rule.line,
        expected: null,
        author: authorOf(rule.line),
        edits: [{ ...place, kind: 'nft-rule', index: seen.indexOf(rule), before: rule, after: null }],
      })),
    ]
  })
}

function missingTable(
  stack: NetworkStack,
  rules: readonly (NftRule & { readonly chain: string })[],
): Deviation {
  const ofChain = (name: string): readonly NftRule[] => rules.filter(({ chain }) => chain === name)
  const after: NftTable = {
    family: 'ip',
    name: cniTable,
    handle: 0,
    sets: [],
    chains: [
      {
        name: 'nat-prerouting',
        base: { type: 'nat', hook: 'prerouting', priority: -90, policy: 'accept' },
        rules: ofChain('nat-prerouting'),
      },
      { name: 'snat-mark', base: null, rules: ofChain('snat-mark') },
    ],
  }
  return {
    stack: stack.id,
    what: 'connection-mark',
    kind: 'missing',
    line: null,
    expected: `table ip ${cniTable}`,
    author: 'vpc-cni',
    edits: [{ stack: stack.id, kind: 'nft-table', before: null, after }],
  }
}

const iptablesTables = new Set(['raw', 'mangle', 'nat', 'filter', 'security'])

/**
 * What iptables-nft wrote on a node whose own iptables is the other one: as rules of iptables they were not read. What the cluster's
 * own write there is another matter (IPTABLES_MIXED).
 */
function ofOtherBackend(stack: NetworkStack, tables: readonly NftTable[]): readonly Deviation[] {
  if (stack.iptables === null || stack.iptables.some(({ backend }) => backend === 'nft')) return []
  return tables
    .filter(({ family, name }) => family === 'ip' && iptablesTables.has(name))
    .flatMap((table) =>
      table.chains
        .filter(({ base }) => base !== null)
        .flatMap(({ name: chain, rules }) => {
          const place = { stack: stack.id, family: table.family, table: table.name, chain } as const
          return rules.flatMap((before, index): readonly Deviation[] => {
            const author = authorOf(before.line)
            if (clusters.has(author)) return []
            return [
              {
                stack: stack.id,
                what: 'iptables',
                kind: 'foreign',
                line: before.line,
                expected: null,
                author,
                edits: [{ ...place, kind: 'nft-rule', index, before, after: null }],
              },
            ]
          })
        }),
    )
}

const clusters: ReadonlySet<Author> = new Set(['vpc-cni', 'kube-proxy', 'kubelet'])

/** Tables that hook in, and are neither the CNI's, kube-proxy's nor those in which iptables keeps its own rules. */
const othersTables = (stack: NetworkStack, tables: readonly NftTable[]): readonly Deviation[] =>
  tables
    .filter(
      (table) =>
        table.name !== cniTable &&
        !table.name.startsWith('kube-proxy') &&
        !(iptablesTables.has(table.name) && (table.family === 'ip' || table.family === 'ip6')) &&
        table.chains.some(({ base, rules }) => base !== null && (rules.length > 0 || base.policy === 'drop')),
    )
    .map((table): Deviation => ({
      stack: stack.id,
      what: 'nft',
      kind: 'foreign',
      line: `table ${table.family} ${table.name}`,
      expected: null,
      author: authorOf(
        table.chains
          .flatMap(({ rules }) => rules.map(({ line }) => line))
          .join('\n')
          .slice(0, 4096),
        table.name,
      ),
      edits: [{ stack: stack.id, kind: 'nft-table', before: table, after: null }],
    }))
