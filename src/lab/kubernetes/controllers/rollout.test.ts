import { expect, test } from 'vitest'
import type { Deployment, ReplicaSet } from '../objects/workload.ts'
import { planRollout, portion } from './rollout.ts'

const set = (name: string, replicas: number, available = replicas): ReplicaSet => ({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: { name, uid: name, resourceVersion: '', creationTimestamp: '' },
  spec: { replicas, selector: {}, template: { spec: { containers: [] } } },
  status: { replicas, availableReplicas: available },
})

const deployment = (
  replicas: number,
  strategy: Deployment['spec']['strategy'] = { type: 'RollingUpdate' },
): Deployment => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'd', uid: 'd', resourceVersion: '', creationTimestamp: '' },
  spec: { replicas, selector: {}, template: { spec: { containers: [] } }, ...(strategy ? { strategy } : {}) },
})

const rolling = (maxSurge: number | string, maxUnavailable: number | string) => ({
  type: 'RollingUpdate',
  rollingUpdate: { maxSurge, maxUnavailable },
})

const planned = (...args: Parameters<typeof planRollout>): Record<string, number> =>
  Object.fromEntries(planRollout(...args).map((step) => [step.set.metadata.name, step.replicas]))

test.each<[string, Deployment, ReplicaSet, ReplicaSet[], Record<string, number>]>([
  ['the first set gets all', deployment(3), set('new', 0), [], { new: 3 }],
  ['25 % of 4 may be more', deployment(4, rolling('25%', '25%')), set('new', 0), [set('old', 4)], { new: 1 }],
  [
    'then as many old ones go as may be missed',
    deployment(4, rolling('25%', '25%')),
    set('new', 1, 0),
    [set('old', 4)],
    { old: 3 },
  ],
  [
    'nothing goes before the new one is there when none may be missed',
    deployment(3, rolling(1, 0)),
    set('new', 1, 0),
    [set('old', 3)],
    {},
  ],
  ['and then one goes', deployment(3, rolling(1, 0)), set('new', 1, 1), [set('old', 3)], { old: 2 }],
  [
    'what is broken goes first, as many as may be missed',
    deployment(3, rolling(1, 1)),
    set('new', 1, 0),
    [set('bad', 2, 0), set('old', 1)],
    { bad: 1 },
  ],
  ['with no surge one goes first', deployment(1, rolling(0, 1)), set('new', 0), [set('old', 1)], { old: 0 }],
  [
    'recreate ends the old ones first',
    deployment(2, { type: 'Recreate' }),
    set('new', 0),
    [set('old', 2)],
    { old: 0 },
  ],
  [
    'and starts the new ones when they are gone',
    deployment(2, { type: 'Recreate' }),
    set('new', 0),
    [set('old', 0, 0)],
    { new: 2 },
  ],
  ['fewer are wanted', deployment(1), set('new', 3), [], { new: 1 }],
])('%s', (_what, of, current, old, expected) => {
  expect(planned(of, current, old)).toEqual(expected)
})

test('a rollout of any size ends with the new set alone, and never has too few or too many', () => {
  for (const [surge, unavailable] of [
    ['25%', '25%'],
    [1, 0],
    [0, 1],
    [2, 2],
    ['100%', '50%'],
  ] as const) {
    for (const wanted of [1, 2, 3, 5, 10]) {
      const of = deployment(wanted, rolling(surge, unavailable))
      let current = set('new', 0)
      let old = set('old', wanted)
      const most = wanted + portion(surge, wanted, true)
      const least = wanted - Math.max(portion(unavailable, wanted, false), surge === 0 ? 1 : 0)
      for (let round = 0; round < 100; round++) {
        const steps = planRollout(of, current, [old])
        if (steps.length === 0 || (current.spec.replicas === wanted && old.spec.replicas === 0)) break
        for (const step of steps) {
          if (step.set.metadata.name === 'new') current = set('new', step.replicas)
          else old = set('old', step.replicas)
        }
        const total = (current.spec.replicas ?? 0) + (old.spec.replicas ?? 0)
        expect(total).toBeLessThanOrEqual(most)
        expect(total).toBeGreaterThanOrEqual(least)
      }
      expect([current.spec.replicas, old.spec.replicas]).toEqual([wanted, 0])
    }
  }
})
