/** How long an edit takes on a compiled fabric of some 32,000 rules, the first question after it included. */
import { compileFabric } from '../src/forward/compile/fabric.ts'
import { applyEdits } from '../src/forward/edit/apply-edits.ts'
import { predict, type Flow } from '../src/forward/walk/predict.ts'
import { readFabric } from '../src/linux/fabric.ts'
import { readRule } from '../src/linux/netfilter/iptables-rule.ts'
import { ip } from '../src/model/address/address.ts'
import type { Edit } from '../src/model/fabric/edit.ts'
import { TCP } from '../src/model/packet/packet.ts'
import { bestOf } from './best-of.ts'
import { benchFiles } from './forward.ts'
import type { BenchRow } from './row.ts'

const stack = 'node/a'

export function editRows(): readonly BenchRow[] {
  const { fabric } = readFabric(benchFiles(), null)
  const compiled = compileFabric(fabric)
  const flow: Flow = {
    from: 'pod/default/pod1',
    to: ip('192.168.1.190'),
    protocol: TCP,
    sourcePort: 20000,
    destinationPort: 80,
  }
  const kinds = [...editsByKind(compiled)]
  for (const [, edits] of kinds) for (const edit of edits) predict(applyEdits(compiled, [edit]), flow)
  return kinds.map(([name, edits]) => ({
    name: `edit: ${name}`,
    value:
      bestOf(10, () => {
        for (const edit of edits) predict(applyEdits(compiled, [edit]), flow)
      }) / edits.length,
    unit: 'ms',
    note: 'applied to a fabric of 32,000 rules, and one flow predicted there and back',
  }))
}

function editsByKind(compiled: ReturnType<typeof compileFabric>): ReadonlyMap<string, readonly Edit[]> {
  const node = compiled.stacks.get(stack)?.stack
  const ruleset = node?.iptables?.[0]
  const chains = ruleset?.tables.find(({ name }) => name === 'nat')?.chains ?? []
  const place = { stack, family: 4, backend: ruleset?.backend ?? 'legacy', table: 'nat' } as const
  const some = <T>(list: readonly T[]): readonly T[] =>
    list.filter((_, i) => i % Math.ceil(list.length / 20) === 0)
  const services = chains.find(({ name }) => name === 'KUBE-SERVICES')?.rules ?? []
  const added = readRule('-A KUBE-SERVICES -d 10.100.0.7/32 -p tcp -m tcp --dport 81 -j RETURN')
  return new Map<string, readonly Edit[]>([
    [
      'a rule of a long chain removed',
      some(services).map((before) => ({
        ...place,
        kind: 'iptables-rule',
        chain: 'KUBE-SERVICES',
        index: services.indexOf(before),
        before,
        after: null,
      })),
    ],
    [
      'a rule of a long chain added',
      typeof added === 'string'
        ? []
        : [0, 500, services.length].map((index) => ({
            ...place,
            kind: 'iptables-rule',
            chain: 'KUBE-SERVICES',
            index,
            before: null,
            after: added,
          })),
    ],
    [
      'a route removed',
      (node?.routes ?? []).map((before) => ({ stack, kind: 'route', before, after: null })),
    ],
    [
      'a policy rule removed',
      (node?.rules ?? []).map((before) => ({ stack, kind: 'rule', before, after: null })),
    ],
    [
      'a sysctl changed',
      [{ stack, kind: 'sysctl', name: 'net.ipv4.conf.eth0.rp_filter', before: '0', after: '1' }],
    ],
  ])
}
