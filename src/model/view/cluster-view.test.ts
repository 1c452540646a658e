import { fc, test } from '@fast-check/vitest'
import { expect } from 'vitest'
import { bothChanges, changed, type ClusterChange, type ClusterView, type NodeView } from './cluster-view.ts'

const name = fc.constantFrom('a', 'b', 'c', 'd')
const node = fc.record({ name, ready: fc.boolean() }).map((told): NodeView => ({
  zone: null,
  instance: null,
  instanceType: null,
  addresses: [],
  publicAddress: null,
  mostPods: null,
  enis: null,
  pods: [],
  ...told,
}))
const nodes = fc.uniqueArray(node, { selector: (one) => one.name })
const members = fc.record(
  {
    unplaced: fc.constantFrom([]),
    deployments: fc.array(fc.record({ namespace: name, name, wanted: fc.nat(3), ready: fc.nat(3) }), {
      maxLength: 2,
    }),
    vpc: fc.constant(null),
    askingEc2: fc.boolean(),
  },
  { requiredKeys: [] },
)
/** As they are told: no node is both there and gone. */
const change = fc.tuple(nodes, fc.uniqueArray(name), members).map(([now, gone, rest]): ClusterChange => ({
  ...rest,
  nodes: now,
  goneNodes: gone.filter((one) => !now.some((there) => there.name === one)),
}))
const view = nodes.map((now): ClusterView => ({
  nodes: now.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  unplaced: [],
  services: [],
  deployments: [],
  vpc: null,
  askingEc2: true,
  gaps: [],
}))

test.prop([view, change, change])(
  'two changes as one make of a view what they make one after the other',
  (before, first, then) => {
    expect(changed(before, bothChanges(first, then))).toEqual(changed(changed(before, first), then))
  },
)
