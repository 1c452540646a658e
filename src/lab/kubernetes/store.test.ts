import { expect, test } from 'vitest'
import { systemClock } from './clock.ts'
import { seededRandom } from './random.ts'
import { configMaps, deployments, pods } from './resources.ts'
import { Store } from './store.ts'

const store = (historyLimit?: number): Store =>
  new Store({
    clock: systemClock,
    random: seededRandom(1),
    ...(historyLimit === undefined ? {} : { historyLimit }),
  })

const configMap = (name: string, data: Record<string, string> = {}, namespace = 'default') => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace },
  data,
})

test('lists are sorted by namespace and name, whatever the order of creation, and older lists stay as they were', () => {
  const kept = store()
  for (const [namespace, name] of [
    ['b', 'one'],
    ['a', 'two'],
    ['a', 'one'],
    ['ab', 'one'],
  ] as const) {
    kept.create(configMaps, configMap(name, {}, namespace))
  }
  const names = () =>
    kept.list(configMaps).map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`)
  expect(names()).toEqual(['a/one', 'a/two', 'ab/one', 'b/one'])
  const before = kept.list(configMaps)
  kept.remove(configMaps, kept.get(configMaps, 'a', 'one'))
  expect(before.length).toBe(4)
  expect(kept.list(configMaps, 'a').map(({ metadata }) => metadata.name)).toEqual(['two'])
})

test('a write that expects an older version is refused', () => {
  const kept = store()
  const first = kept.create(configMaps, configMap('one'))
  kept.update(
    configMaps,
    'default',
    'one',
    (one) => ({ ...one, data: { a: '1' } }),
    first.metadata.resourceVersion,
  )
  expect(() =>
    kept.update(
      configMaps,
      'default',
      'one',
      (one) => ({ ...one, data: {} }),
      first.metadata.resourceVersion,
    ),
  ).toThrow('the object has been modified; please apply your changes to the latest version and try again')
})

test('a write that says the same is no change', () => {
  const kept = store()
  const first = kept.create(configMaps, configMap('one', { a: '1' }))
  const again = kept.update(configMaps, 'default', 'one', (one) => ({ ...one, data: { a: '1' } }))
  expect(again).toBe(first)
})

test('names are made from generateName, and two objects cannot have one name', () => {
  const kept = store()
  const made = kept.create(configMaps, {
    ...configMap('x'),
    metadata: { generateName: 'web-', namespace: 'default' },
  })
  expect(made.metadata.name).toMatch(/^web-[bcdfghjklmnpqrstvwxz2-9]{5}$/)
  kept.create(configMaps, configMap('one'))
  expect(() => kept.create(configMaps, configMap('one'))).toThrow('configmaps "one" already exists')
})

test('a watch that comes back gets what it missed, or 410 when that is forgotten', () => {
  const kept = store(4)
  const { revision } = kept
  kept.create(configMaps, configMap('a'))
  kept.create(configMaps, configMap('b'))
  expect(kept.changesSince(configMaps, revision).map(({ object }) => object.metadata.name)).toEqual([
    'a',
    'b',
  ])
  for (let number = 0; number < 8; number++) kept.create(configMaps, configMap(`more-${String(number)}`))
  expect(() => kept.changesSince(configMaps, revision)).toThrow('too old resource version')
  expect(kept.changesSince(pods, revision)).toEqual([])
})

test('listeners hear of changes in the order in which they happened, also when one of them writes', () => {
  const kept = store()
  const heard: string[] = []
  kept.subscribe(configMaps, ({ object }) => {
    if (object.data?.['step'] === '1')
      kept.update(configMaps, 'default', object.metadata.name, (one) => ({ ...one, data: { step: '2' } }))
  })
  kept.subscribe(configMaps, ({ object }) => heard.push(object.data?.['step'] ?? ''))
  kept.create(configMaps, configMap('a', { step: '1' }))
  expect(heard).toEqual(['1', '2'])
})

test('a listener that fails keeps no other from hearing, and the writer is told', () => {
  const kept = store()
  const heard: string[] = []
  const stop = kept.subscribe(configMaps, () => {
    throw new Error('broken')
  })
  kept.subscribe(configMaps, ({ object }) => heard.push(object.metadata.name))
  expect(() => kept.create(configMaps, configMap('a'))).toThrow('broken')
  expect(heard).toEqual(['a'])
  stop()
  kept.create(configMaps, configMap('b'))
  expect(heard).toEqual(['a', 'b'])
})

test('an object that is being deleted goes with its last finalizer', () => {
  const kept = store()
  kept.create(configMaps, {
    ...configMap('one'),
    metadata: { name: 'one', namespace: 'default', finalizers: ['mine'] },
  })
  kept.update(configMaps, 'default', 'one', (one) => ({
    ...one,
    metadata: { ...one.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' },
  }))
  expect(kept.find(configMaps, 'default', 'one')).toBeDefined()
  kept.update(configMaps, 'default', 'one', (one) => ({
    ...one,
    metadata: { ...one.metadata, finalizers: [] },
  }))
  expect(kept.find(configMaps, 'default', 'one')).toBeUndefined()
})

test('the generation counts changes of the spec and nothing else', () => {
  const kept = store()
  const spec = { selector: {}, template: { spec: { containers: [] } } }
  kept.create(deployments, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'd', namespace: 'n' },
    spec,
  })
  const generation = () => kept.get(deployments, 'n', 'd').metadata.generation
  kept.update(deployments, 'n', 'd', (one) => ({ ...one, status: { replicas: 1 } }))
  expect(generation()).toBe(1)
  kept.update(deployments, 'n', 'd', (one) => ({ ...one, spec: { ...one.spec, replicas: 2 } }))
  expect(generation()).toBe(2)
})
