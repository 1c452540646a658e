import { expect, test } from 'vitest'
import { fc } from '@fast-check/vitest'
import type { Json } from '../../objects/meta.ts'
import { message } from '../../schema/schema.ts'
import { jsonPatch } from './json-patch.ts'
import { mergePatch } from './merge-patch.ts'
import { strategicMerge } from './strategic-merge.ts'

/** RFC 7386, appendix A. */
test.each<[Json, Json, Json]>([
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [
    ['a', 'b'],
    ['c', 'd'],
    ['c', 'd'],
  ],
  [{ a: 'b' }, ['c'], ['c']],
  [{ a: 'foo' }, null, null],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: 'b', c: null }, { a: 'b' }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
])('merge patch: %j and %j make %j', (target, patch, expected) => {
  expect(mergePatch(target, patch)).toEqual(expected)
})

/** RFC 6902, appendix A. */
test.each<[string, Json, Json, Json]>([
  ['add a member', { foo: 'bar' }, [{ op: 'add', path: '/baz', value: 'qux' }], { foo: 'bar', baz: 'qux' }],
  ['add an item', { foo: ['a', 'c'] }, [{ op: 'add', path: '/foo/1', value: 'b' }], { foo: ['a', 'b', 'c'] }],
  ['append', { foo: ['a'] }, [{ op: 'add', path: '/foo/-', value: ['b'] }], { foo: ['a', ['b']] }],
  ['remove a member', { a: 1, b: 2 }, [{ op: 'remove', path: '/a' }], { b: 2 }],
  ['remove an item', { a: [1, 2, 3] }, [{ op: 'remove', path: '/a/1' }], { a: [1, 3] }],
  ['replace', { a: 1 }, [{ op: 'replace', path: '/a', value: 2 }], { a: 2 }],
  ['move', { a: { b: 1 }, c: {} }, [{ op: 'move', from: '/a/b', path: '/c/d' }], { a: {}, c: { d: 1 } }],
  ['copy', { a: 1 }, [{ op: 'copy', from: '/a', path: '/b' }], { a: 1, b: 1 }],
  ['test', { a: [1] }, [{ op: 'test', path: '/a', value: [1] }], { a: [1] }],
  [
    'escapes',
    { 'a/b': 1, 'm~n': 2 },
    [
      { op: 'remove', path: '/a~1b' },
      { op: 'replace', path: '/m~0n', value: 3 },
    ],
    { 'm~n': 3 },
  ],
])('JSON patch: %s', (_what, target, patch, expected) => {
  expect(jsonPatch(target, patch)).toEqual(expected)
})

test.each<[string, Json, Json]>([
  ['a test that fails', { a: 1 }, [{ op: 'test', path: '/a', value: 2 }]],
  ['a path that is not there', { a: 1 }, [{ op: 'remove', path: '/b' }]],
  ['a parent that is not there', {}, [{ op: 'add', path: '/a/b', value: 1 }]],
  ['an index outside', { a: [] }, [{ op: 'add', path: '/a/1', value: 1 }]],
  ['an operation that does not exist', {}, [{ op: 'melt', path: '/a' }]],
  ['no list', {}, {}],
])('JSON patch refuses %s', (_what, target, patch) => {
  expect(() => jsonPatch(target, patch)).toThrow()
})

const pod = message('core/v1.Pod')
const containers = (...list: Json[]): Json => ({ spec: { containers: list } })

test.each<[string, Json, Json, Json]>([
  [
    'containers are told apart by name',
    containers({ name: 'a', image: '1' }, { name: 'b', image: '1' }),
    containers({ name: 'b', image: '2' }),
    containers({ name: 'a', image: '1' }, { name: 'b', image: '2' }),
  ],
  [
    'a new one is added',
    containers({ name: 'a' }),
    containers({ name: 'b' }),
    containers({ name: 'a' }, { name: 'b' }),
  ],
  [
    '$patch: delete takes one out',
    containers({ name: 'a' }, { name: 'b' }),
    containers({ name: 'a', $patch: 'delete' }),
    containers({ name: 'b' }),
  ],
  [
    '$patch: replace replaces the whole list',
    containers({ name: 'a' }, { name: 'b' }),
    containers({ $patch: 'replace' }, { name: 'c' }),
    containers({ name: 'c' }),
  ],
  [
    '$setElementOrder puts them in order',
    containers({ name: 'a' }, { name: 'b' }),
    {
      spec: {
        '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }],
        containers: [{ name: 'a', image: 'x' }],
      },
    },
    containers({ name: 'b' }, { name: 'a', image: 'x' }),
  ],
  [
    'lists without a key are replaced',
    containers({ name: 'a', args: ['1', '2'] }),
    containers({ name: 'a', args: ['3'] }),
    containers({ name: 'a', args: ['3'] }),
  ],
  [
    '$retainKeys keeps only those',
    { spec: { volumes: [{ name: 'v', emptyDir: {} }] } },
    { spec: { volumes: [{ name: 'v', $retainKeys: ['name', 'hostPath'], hostPath: { path: '/' } }] } },
    { spec: { volumes: [{ name: 'v', hostPath: { path: '/' } }] } },
  ],
  [
    'finalizers are a set that is added to',
    { metadata: { finalizers: ['a'] } },
    { metadata: { finalizers: ['b'] } },
    { metadata: { finalizers: ['a', 'b'] } },
  ],
  [
    '$deleteFromPrimitiveList takes from it',
    { metadata: { finalizers: ['a', 'b'] } },
    { metadata: { '$deleteFromPrimitiveList/finalizers': ['a'] } },
    { metadata: { finalizers: ['b'] } },
  ],
  [
    'labels merge by member',
    { metadata: { labels: { a: '1', b: '2' } } },
    { metadata: { labels: { a: null, c: '3' } } },
    { metadata: { labels: { b: '2', c: '3' } } },
  ],
])('strategic merge: %s', (_what, target, patch, expected) => {
  expect(strategicMerge(target, patch, pod)).toEqual(expected)
})

test('no patch can reach the prototype of objects', () => {
  const patch = JSON.parse('{"__proto__":{"polluted":true},"a":{"__proto__":{"polluted":true}}}') as Json
  mergePatch({}, patch)
  strategicMerge({}, patch, pod)
  jsonPatch({}, [{ op: 'add', path: '/__proto__', value: { polluted: true } }])
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
})

test('a merge patch that is the target itself changes nothing', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.oneof(fc.integer(), fc.string(), fc.array(fc.integer()))),
      (object) => {
        expect(mergePatch(object, object)).toEqual(object)
      },
    ),
  )
})
