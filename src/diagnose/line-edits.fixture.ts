import type { Edit } from '../model/fabric/edit.ts'
import type { Fabric } from '../model/fabric/fabric.ts'
import type { NetworkStack } from '../model/stack/stack.ts'

const strange = '02:00:5e:00:53:01'

/** Every edit that a person or a program may make to one line of a fabric: removed, turned off, turned round. */
export const lineEdits = ({ stacks, vpc }: Fabric): readonly Edit[] => [
  ...stacks.flatMap(ofStack),
  ...(vpc?.securityGroups ?? []).flatMap(({ id, rules }) =>
    rules.map((before): Edit => ({ kind: 'security-group-rule', group: id, before, after: null })),
  ),
  ...(vpc?.networkAcls ?? []).flatMap(({ id, entries }) =>
    entries.map((before): Edit => ({ kind: 'network-acl-entry', acl: id, before, after: null })),
  ),
  // Nobody can take a VPC's local route away.
  ...(vpc?.routeTables ?? []).flatMap(({ id, routes }) =>
    routes
      .filter(({ target }) => target.kind !== 'local')
      .map((before): Edit => ({ kind: 'vpc-route', table: id, before, after: null })),
  ),
]

function ofStack(stack: NetworkStack): readonly Edit[] {
  const { id } = stack
  return [
    ...stack.routes
      .filter(({ table }) => table !== 'local')
      .map((before): Edit => ({ stack: id, kind: 'route', before, after: null })),
    ...(stack.rules ?? []).map((before): Edit => ({ stack: id, kind: 'rule', before, after: null })),
    ...(stack.neighbours ?? []).map((before): Edit => ({
      stack: id,
      kind: 'neighbour',
      before,
      after: { ...before, mac: strange, line: before.line.replace(/lladdr \S+/, `lladdr ${strange}`) },
    })),
    ...stack.links.flatMap((before): readonly Edit[] => [
      { stack: id, kind: 'link', before, after: { ...before, flags: ['BROADCAST'], state: 'DOWN' } },
      ...(before.mac === null
        ? []
        : [{ stack: id, kind: 'link', before, after: { ...before, mac: strange } } as const]),
    ]),
    ...(stack.iptables ?? []).flatMap(({ family, backend, tables }) =>
      tables.flatMap(({ name: table, chains }) =>
        chains.flatMap((chain): readonly Edit[] => {
          const place = { stack: id, family, backend, table, chain: chain.name } as const
          return [
            ...chain.rules.map((before, index): Edit => ({
              ...place,
              kind: 'iptables-rule',
              index,
              before,
              after: null,
            })),
            ...(chain.policy === null
              ? []
              : [
                  {
                    ...place,
                    kind: 'iptables-chain',
                    before: chain,
                    after: { ...chain, policy: 'DROP', line: `:${chain.name} DROP [0:0]` },
                  } as const,
                ]),
          ]
        }),
      ),
    ),
    ...(stack.nft ?? []).flatMap(({ family, name: table, chains }) =>
      chains.flatMap(({ name: chain, rules }) =>
        rules.map((before, index): Edit => ({
          stack: id,
          kind: 'nft-rule',
          family,
          table,
          chain,
          index,
          before,
          after: null,
        })),
      ),
    ),
    ...[...(stack.sysctls ?? [])]
      .filter(([name]) =>
        /^net\.ipv4\.(ip_forward|icmp_echo_ignore_all|conf\..*\.(forwarding|rp_filter))$/.test(name),
      )
      .map(([name, before]): Edit => ({
        stack: id,
        kind: 'sysctl',
        name,
        before,
        after: name.endsWith('rp_filter') || before === '0' ? '1' : '0',
      })),
  ]
}
