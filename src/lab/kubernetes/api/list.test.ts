import { expect, test } from 'vitest'
import { systemClock } from '../clock.ts'
import { seededRandom } from '../random.ts'
import { configMaps } from '../resources.ts'
import { StatusError } from '../status.ts'
import { Store } from '../store.ts'
import { listPage } from './list.ts'

const filled = (): Store => {
  const store = new Store({ clock: systemClock, random: seededRandom(1) })
  for (const name of ['a', 'b', 'c', 'd', 'e'])
    store.create(configMaps, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace: 'default' },
    })
  return store
}

const page = (store: Store, query: Readonly<Record<string, string>>) => {
  const { items, metadata } = listPage(store, configMaps, 'default', new URLSearchParams(query))
  return { names: items.map((one) => one.metadata.name), ...metadata }
}

const remove = (store: Store, name: string): void => {
  store.remove(configMaps, store.get(configMaps, 'default', name))
}

test('all pages show what the first one showed, whatever happens between them', () => {
  const store = filled()
  const first = page(store, { limit: '2' })
  expect(first).toMatchObject({ names: ['a', 'b'], remainingItemCount: 3 })
  remove(store, 'c')
  store.create(configMaps, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'bb', namespace: 'default' },
  })
  store.update(configMaps, 'default', 'd', (one) => ({ ...one, data: { new: 'yes' } }))
  const second = page(store, { limit: '2', continue: first.continue ?? '' })
  expect(second).toMatchObject({ names: ['c', 'd'], resourceVersion: first.resourceVersion })
  expect(page(store, { limit: '2', continue: second.continue ?? '' }).names).toEqual(['e'])
  expect(page(store, {}).names).toEqual(['a', 'b', 'bb', 'd', 'e'])
})

test('once that state is forgotten the answer is 410, with a token for the rest as it is now', () => {
  const store = filled()
  const first = page(store, { limit: '2' })
  remove(store, 'c')
  store.compact()
  const refused = (): unknown => {
    try {
      return page(store, { continue: first.continue ?? '' })
    } catch (error) {
      return error
    }
  }
  const error = refused()
  expect(error).toBeInstanceOf(StatusError)
  const { status } = error as StatusError
  expect(status).toMatchObject({ code: 410, reason: 'Expired' })
  expect(status.message).toMatch(/^The provided continue parameter is too old to display a consistent list/)
  expect(page(store, { continue: status.metadata.continue ?? '' }).names).toEqual(['d', 'e'])
})

test('an exact revision is shown as it was, one that is yet to come is refused', () => {
  const store = filled()
  const { resourceVersion } = page(store, {})
  remove(store, 'a')
  expect(page(store, { resourceVersion, resourceVersionMatch: 'Exact' }).names).toHaveLength(5)
  expect(page(store, { resourceVersion }).names).toHaveLength(4)
  expect(() => page(store, { resourceVersion: '999' })).toThrow('Too large resource version: 999, current: 7')
})

test.each(['%%%', 'e30', Buffer.from('{"rv":"1","start":2}').toString('base64url')])(
  'a token that is none (%s) is refused',
  (token) => {
    expect(() => page(filled(), { continue: token })).toThrow('continue key is not valid')
  },
)
