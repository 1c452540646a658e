import { expect, test } from 'vitest'
import type { Node, Taint } from '../objects/node.ts'
import type { Pod, Toleration } from '../objects/pod.ts'
import { secondsLeft, withCordonTaint } from './node-lifecycle.ts'

const metadata = { name: 'n', uid: 'u', resourceVersion: '1', creationTimestamp: '' }
const node = (spec: Node['spec']): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata,
  ...(spec === undefined ? {} : { spec }),
})
const pod = (tolerations: readonly Toleration[]): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata,
  spec: { containers: [], tolerations },
})
const gone: Taint = { key: 'gone', effect: 'NoExecute' }

test.each<{
  readonly because: string
  readonly taints: readonly Taint[]
  readonly tolerations: readonly Toleration[]
  readonly left: number | undefined
}>([
  { because: 'no taint', taints: [], tolerations: [], left: undefined },
  {
    because: 'NoSchedule moves no pod',
    taints: [{ key: 'a', effect: 'NoSchedule' }],
    tolerations: [],
    left: undefined,
  },
  { because: 'a taint that it does not bear', taints: [gone], tolerations: [], left: 0 },
  { because: 'it bears everything', taints: [gone], tolerations: [{ operator: 'Exists' }], left: undefined },
  {
    because: 'it bears it for a while',
    taints: [gone],
    tolerations: [{ key: 'gone', operator: 'Exists', tolerationSeconds: 300 }],
    left: 300,
  },
  {
    because: 'the shortest of all counts',
    taints: [gone, { key: 'ill', effect: 'NoExecute' }],
    tolerations: [
      { key: 'gone', operator: 'Exists', tolerationSeconds: 300 },
      { key: 'ill', operator: 'Exists', tolerationSeconds: 20 },
    ],
    left: 20,
  },
  {
    because: 'a negative number is none',
    taints: [gone],
    tolerations: [{ key: 'gone', operator: 'Exists', tolerationSeconds: -1 }],
    left: 0,
  },
])('a pod stays with NoExecute taints: $because', ({ taints, tolerations, left }) => {
  expect(secondsLeft(pod(tolerations), taints)).toBe(left)
})

test('a cordoned node bears the taint, one that is taken back does not, and other taints stay', () => {
  const other: Taint = { key: 'k', value: 'v', effect: 'NoSchedule' }
  const cordoned = withCordonTaint(node({ unschedulable: true, taints: [other] }), 'now')
  expect(cordoned.spec?.taints).toEqual([
    other,
    { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule', timeAdded: 'now' },
  ])
  expect(withCordonTaint(cordoned, 'later')).toBe(cordoned)
  expect(withCordonTaint(node({ taints: cordoned.spec?.taints ?? [] }), 'later').spec).toEqual({
    taints: [other],
  })
  const bare = withCordonTaint(node({ unschedulable: true }), 'now')
  expect(withCordonTaint({ ...bare, spec: { ...bare.spec, unschedulable: false } }, 'x').spec).toEqual({
    unschedulable: false,
  })
})
