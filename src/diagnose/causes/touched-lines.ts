/** The lines of stacks that had a hand in a packet's path, and the edits that take that hand away. */
import type { Decision, Hop } from '../../model/path/path.ts'
import type { Edit, StackEdit } from '../../model/fabric/edit.ts'
import type { NetworkStack } from '../../model/stack/stack.ts'
import { stackKind } from '../../model/stack/stack-id.ts'
import { authorOf } from '../deviations/author.ts'
import type { Candidate } from './candidate.ts'

/** @param judged whether what stands in the stack was held against intention: then whatever is no deviation is meant to be there */
export function touchedBy(hop: Hop, stack: NetworkStack, judged: boolean): readonly Candidate[] {
  return hop.decisions.flatMap((decision) => candidatesFor(decision, hop, stack, judged))
}

function candidatesFor(
  { stage, by }: Decision,
  hop: Hop,
  stack: NetworkStack,
  judged: boolean,
): readonly Candidate[] {
  const at = stack.id
  const candidate = (
    code: Candidate['code'],
    kind: Candidate['kind'],
    edits: readonly Edit[],
    missing: string | null = null,
  ): Candidate => ({ code, kind, at, by, missing, author: authorOf(by), edits })
  const kind = judged ? 'weakening' : 'foreign'
  switch (stage) {
    case 'raw':
    case 'mangle':
    case 'nat':
    case 'filter':
    case 'security':
      return filterEdits(stack, by).map((edit) =>
        candidate(
          edit.kind === 'iptables-chain' ? 'CHAIN_POLICY_DROP' : 'FILTER_RULE_DROPS',
          // Nobody of the cluster's writes rules into a pod, and intention has none to hold them against.
          stackKind(at) === 'pod' ? 'foreign' : kind,
          [edit],
        ),
      )
    case 'conntrack':
      return (stack.conntrack ?? [])
        .filter(({ line }) => line === by)
        .map((before) =>
          candidate('CONNECTION_STALE', 'foreign', [{ stack: at, kind: 'conntrack', before, after: null }]),
        )
    case 'route':
      return stack.routes
        .filter(({ line }) => line === by)
        .flatMap((before) => [
          candidate('ROUTE_FOREIGN', kind, [{ stack: at, kind: 'route', before, after: null }]),
          ...(before.mtu === null
            ? []
            : [
                candidate('MTU_TOO_SMALL', kind, [
                  { stack: at, kind: 'route', before, after: { ...before, mtu: null } },
                ]),
              ]),
        ])
    case 'rule':
      return (stack.rules ?? [])
        .filter(({ line }) => line === by)
        .map((before) => candidate('RULE_FOREIGN', kind, [{ stack: at, kind: 'rule', before, after: null }]))
    case 'rp_filter':
      return [candidate('RP_FILTER_STRICT', 'weakening', unfiltered(stack))]
    case 'forwarding':
      return [
        candidate(
          'IP_FORWARD_OFF',
          judged ? 'intention' : 'foreign',
          forwarding(stack),
          'net.ipv4.ip_forward = 1',
        ),
      ]
    case 'socket':
      return sysctlsMatching(stack, /^net\.ipv4\.icmp_echo_ignore_all$/, '0').map((edit) =>
        candidate('ECHO_IGNORED', 'foreign', [edit], 'net.ipv4.icmp_echo_ignore_all = 0'),
      )
    case 'link':
      return linksUp(stack, by).map((edit) => candidate('LINK_DOWN', 'foreign', [edit]))
    case 'mtu':
      return [
        ...stack.links
          .filter(({ line }) => line === by)
          .map((before) =>
            candidate('MTU_TOO_SMALL', kind, [
              {
                stack: at,
                kind: 'link',
                before,
                after: { ...before, mtu: Math.max(before.mtu, widest(hop)) },
              },
            ]),
          ),
        ...stack.routes
          .filter(({ line }) => line === by)
          .map((before) =>
            candidate('MTU_TOO_SMALL', kind, [
              { stack: at, kind: 'route', before, after: { ...before, mtu: null } },
            ]),
          ),
      ]
    case 'neighbour':
      return (stack.neighbours ?? [])
        .filter(({ line }) => line === by)
        .map((before) =>
          candidate('GATEWAY_NEIGHBOUR_WRONG', kind, [{ stack: at, kind: 'neighbour', before, after: null }]),
        )
    default:
      return []
  }
}

const widest = ({ packetIn, packetOut }: Hop): number => packetIn?.length ?? packetOut?.length ?? 9001

/** What makes a line of netfilter be gone: of iptables, of nftables, or a chain's policy. */
function filterEdits(stack: NetworkStack, line: string): readonly StackEdit[] {
  const ofIptables = (stack.iptables ?? []).flatMap(({ family, backend, tables }) =>
    tables.flatMap((table) =>
      table.chains.flatMap((chain): readonly StackEdit[] => {
        const place = { stack: stack.id, family, backend, table: table.name, chain: chain.name }
        if (chain.line === line && chain.policy !== null)
          return [
            {
              ...place,
              kind: 'iptables-chain',
              before: chain,
              after: { ...chain, policy: 'ACCEPT', line: `:${chain.name} ACCEPT [0:0]` },
            },
          ]
        return chain.rules.flatMap((before, index) =>
          before.line === line ? [{ ...place, kind: 'iptables-rule', index, before, after: null }] : [],
        )
      }),
    ),
  )
  const ofNft = (stack.nft ?? []).flatMap((table) =>
    table.chains.flatMap((chain) =>
      chain.rules.flatMap((before, index): readonly StackEdit[] =>
        before.line === line
          ? [
              {
                stack: stack.id,
                kind: 'nft-rule',
                family: table.family,
                table: table.name,
                chain: chain.name,
                index,
                before,
                after: null,
              },
            ]
          : [],
      ),
    ),
  )
  return [...ofIptables, ...ofNft].slice(0, 8)
}

const sysctlsMatching = (stack: NetworkStack, names: RegExp, after: string): readonly StackEdit[] =>
  [...(stack.sysctls ?? [])]
    .filter(([name, value]) => names.test(name) && value !== after)
    .map(([name, before]) => ({ stack: stack.id, kind: 'sysctl', name, before, after }))

/** Which of the two decides is not worth asking: without both nothing is filtered. */
const unfiltered = (stack: NetworkStack): readonly StackEdit[] =>
  sysctlsMatching(stack, /^net\.ipv4\.conf\.[^.]+\.rp_filter$/, '0')

const forwarding = (stack: NetworkStack): readonly StackEdit[] =>
  sysctlsMatching(stack, /^net\.ipv4\.(ip_forward|conf\.[^.]+\.forwarding)$/, '1')

const linksUp = (stack: NetworkStack, line: string): readonly StackEdit[] =>
  stack.links
    .filter((link) => link.line === line && stackKind(stack.id) !== 'vpc')
    .map((before) => ({
      stack: stack.id,
      kind: 'link',
      before,
      after: {
        ...before,
        flags: [...before.flags.filter((flag) => flag !== 'NO-CARRIER'), 'UP', 'LOWER_UP'],
        state: 'UP',
      },
    }))
