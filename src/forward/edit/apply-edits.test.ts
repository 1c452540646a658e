import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { readRule } from '../../linux/netfilter/iptables-rule.ts'
import { ip } from '../../model/address/address.ts'
import { inverseOf, type ChainPlace, type Edit, type StackEdit } from '../../model/fabric/edit.ts'
import { TCP, UDP } from '../../model/packet/packet.ts'
import type { FilterRule } from '../../model/stack/ruleset.ts'
import { compileFabric } from '../compile/fabric.ts'
import type { CompiledFabric } from '../compiled/fabric.ts'
import { predict, type Flow } from '../walk/predict.ts'
import { threeStacks } from '../walk/three-stacks.fixture.ts'
import { applyEdits } from './apply-edits.ts'

const services = Array.from({ length: 24 }, (_, i) => `10.100.0.${i + 1}`)

/** A chain long enough to be indexed, with backends that are drawn by lot, sets, and a table of its own in nftables. */
const fabric = threeStacks({
  iptables: [
    '*nat',
    ':PREROUTING ACCEPT [0:0]',
    ':POSTROUTING ACCEPT [0:0]',
    ':SERVICES - [0:0]',
    ':ONE - [0:0]',
    ':TWO - [0:0]',
    ':BACKENDS - [0:0]',
    '-A PREROUTING -j SERVICES',
    '-A POSTROUTING -s 10.0.0.0/24 -o right -p udp -j SNAT --to-source 10.1.0.1',
    ...services.map((address) => `-A SERVICES -d ${address}/32 -p tcp -m tcp --dport 80 -j BACKENDS`),
    '-A SERVICES -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.1.0.2:80',
    '-A BACKENDS -m statistic --mode random --probability 0.50000000000 -j ONE',
    '-A BACKENDS -j TWO',
    '-A ONE -p tcp -j DNAT --to-destination 10.1.0.2:80',
    '-A TWO -p tcp -j DNAT --to-destination 10.9.0.9:80',
    'COMMIT',
    '*filter',
    ':INPUT ACCEPT [0:0]',
    ':FORWARD ACCEPT [0:0]',
    ':OUTPUT ACCEPT [0:0]',
    ':CHECK - [0:0]',
    '-A FORWARD -m set --match-set closed dst -j DROP',
    '-A FORWARD -p udp -j CHECK',
    '-A CHECK -m udp -p udp --dport 9 -j DROP',
    'COMMIT',
    '',
  ].join('\n'),
  sets: 'create closed hash:ip family inet hashsize 64 maxelem 64\nadd closed 10.9.0.10\n',
  neighbours: [],
})

const flows: readonly Flow[] = [
  ...[services[0], services[7], services[23], '10.1.0.2', '10.9.0.9'].flatMap((to): Flow[] => [
    { from: 'client', to: ip(to ?? ''), protocol: TCP, sourcePort: 40000, destinationPort: 80 },
    { from: 'client', to: ip(to ?? ''), protocol: UDP, sourcePort: 40000, destinationPort: 9 },
  ]),
  { from: 'client', to: ip('10.9.0.9'), protocol: TCP, sourcePort: 40000, destinationPort: 8080 },
  { from: 'server', to: ip('10.0.0.1'), protocol: TCP, sourcePort: 40000, destinationPort: 80 },
]

const answersOf = (compiled: CompiledFabric): unknown =>
  flows.map((flow) =>
    predict(compiled, flow).paths.map((way) => ({
      probability: way.probability,
      stoppedAt: way.stoppedAt,
      decision: way.decision,
      path: way.path(),
      evaluated: way.evaluated(),
    })),
  )

const ruleOf = (line: string): FilterRule => {
  const read = readRule(line)
  if (typeof read === 'string') throw new Error(read)
  return read
}

const router = fabric.stacks.get('router')!.stack
const place = (table: string, chain: string): ChainPlace & { readonly stack: string } => ({
  stack: 'router',
  family: 4,
  backend: router.iptables![0]!.backend,
  table,
  chain,
})
const chainsOf = (stack = router) =>
  (stack.iptables ?? []).flatMap(({ tables }) =>
    tables.flatMap((table) => table.chains.map((chain) => ({ table: table.name, chain }))),
  )

/** Every edit by one line that the stacks have room for. */
function singleEdits(): readonly Edit[] {
  const edits: Edit[] = []
  for (const { stack } of fabric.stacks.values()) {
    const at = stack.id
    for (const route of stack.routes) edits.push({ stack: at, kind: 'route', before: route, after: null })
    for (const rule of stack.rules ?? []) edits.push({ stack: at, kind: 'rule', before: rule, after: null })
    for (const link of stack.links)
      edits.push(
        { stack: at, kind: 'link', before: link, after: { ...link, flags: [] } },
        { stack: at, kind: 'link', before: link, after: { ...link, mac: '02:ff:ff:ff:ff:ff' } },
        { stack: at, kind: 'link', before: link, after: { ...link, addresses: [] } },
      )
    for (const [name, value] of stack.sysctls ?? [])
      edits.push({ stack: at, kind: 'sysctl', name, before: value, after: value === '0' ? '1' : '0' })
  }
  for (const { table, chain } of chainsOf()) {
    for (const [index, before] of chain.rules.entries())
      edits.push({ ...place(table, chain.name), kind: 'iptables-rule', index, before, after: null })
    for (let index = 0; index <= chain.rules.length; index++)
      for (const rest of [
        '-p tcp -j DROP',
        `-d ${services[7] ?? ''}/32 -j ACCEPT`,
        '-j RETURN',
        '-m comment --comment "counts"',
      ])
        if (table === 'filter' || !rest.includes('DROP'))
          edits.push({
            ...place(table, chain.name),
            kind: 'iptables-rule',
            index,
            before: null,
            after: ruleOf(`-A ${chain.name} ${rest}`),
          })
    if (chain.policy !== null)
      edits.push({
        ...place(table, chain.name),
        kind: 'iptables-chain',
        before: chain,
        after: { ...chain, policy: 'DROP', line: `:${chain.name} DROP [0:0]` },
      })
  }
  const [entry] = router.sets![0]!.entries
  edits.push(
    { stack: 'router', kind: 'set-member', set: 'closed', before: entry!, after: null },
    {
      stack: 'router',
      kind: 'set-member',
      set: 'closed',
      before: null,
      after: { parts: ['10.1.0.2'], noMatch: false, line: 'add closed 10.1.0.2' },
    },
  )
  return edits
}

/** The model that an overlay stands for, compiled from its first line to its last. */
const anew = (edited: CompiledFabric): CompiledFabric => compileFabric(edited.fabric)

const all = singleEdits()

describe('a fabric with edits answers as one that is compiled anew', () => {
  test.prop([fc.array(fc.nat(all.length - 1), { minLength: 1, maxLength: 2 })], { numRuns: 150 })(
    'whatever one or two lines are edited',
    (picks) => {
      const edits = picks.flatMap((pick) => all[pick] ?? [])
      const edited = applyEdits(fabric, edits)
      expect(answersOf(edited)).toEqual(answersOf(anew(edited)))
    },
  )

  test('each way of one line', () => {
    for (const edit of all.filter((_, index) => index % 7 === 0)) {
      const edited = applyEdits(fabric, [edit])
      expect(answersOf(edited), JSON.stringify(edit)).toEqual(answersOf(anew(edited)))
    }
  })
})

describe('an edit', () => {
  const before = answersOf(fabric)

  test('leaves the fabric that it is applied to as it was', () => {
    for (const edit of all) applyEdits(fabric, [edit])
    expect(answersOf(fabric)).toEqual(before)
  })

  test('and its inverse leave nothing of it', () => {
    for (const edit of all.filter((_, index) => index % 5 === 0)) {
      const there = applyEdits(fabric, [edit])
      const back = applyEdits(there, [inverseOf(edit)])
      if (edit.kind === 'link' || edit.kind === 'sysctl' || edit.kind === 'iptables-rule')
        expect(answersOf(back), JSON.stringify(edit)).toEqual(before)
    }
  })

  test('of a line that leads into a long chain is seen through the index of that chain', () => {
    const drop: StackEdit = {
      ...place('nat', 'SERVICES'),
      kind: 'iptables-rule',
      index: 0,
      before: null,
      after: ruleOf(`-A SERVICES -d ${services[0] ?? ''}/32 -p tcp -j ACCEPT`),
    }
    const flow = flows[0]!
    expect(predict(fabric, flow).paths).toHaveLength(2)
    const [way, ...more] = predict(applyEdits(fabric, [drop]), flow).paths
    expect(more).toEqual([])
    // Nobody translates it any more, and the router has no route to a service's address.
    expect(way?.decision?.refusal).toBe('no-route')
  })

  test('of what was not read changes nothing', () => {
    const edit: StackEdit = {
      ...place('nat', 'SERVICES'),
      stack: 'elsewhere',
      kind: 'iptables-rule',
      index: 0,
      before: null,
      after: ruleOf('-A SERVICES -j RETURN'),
    }
    expect(applyEdits(fabric, [edit])).toBe(fabric)
  })
})
