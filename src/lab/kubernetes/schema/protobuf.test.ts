import { expect, test } from 'vitest'
import { fc } from '@fast-check/vitest'
import { StatusError } from '../status.ts'
import { messageOfKind } from './message-of-kind.ts'
import { decodeProtobuf } from './protobuf.ts'

const decode = (bytes: Buffer) => decodeProtobuf(bytes, messageOfKind)

test('what kubectl sends for a config map is read', () => {
  // Empty strings and a zero are on the wire, too: Go's encoder writes every field that is not a pointer.
  const string = (field: number, text: string): number[] => [
    (field << 3) | 2,
    text.length,
    ...Buffer.from(text),
  ]
  const nested = (field: number, content: number[]): number[] => [
    (field << 3) | 2,
    content.length,
    ...content,
  ]
  const metadata = [
    ...string(1, 'cm1'),
    ...string(2, ''),
    ...string(3, 'default'),
    ...string(5, ''),
    0x38,
    0,
    ...nested(8, []),
  ]
  const object = [...nested(1, metadata), ...nested(2, [...string(1, 'a'), ...string(2, 'b')])]
  const unknown = [
    ...nested(1, [...string(1, 'v1'), ...string(2, 'ConfigMap')]),
    ...nested(2, object),
    ...string(3, ''),
    ...string(4, ''),
  ]
  expect(decode(Buffer.from([...Buffer.from('k8s\0'), ...unknown]))).toEqual({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'cm1', namespace: 'default' },
    data: { a: 'b' },
  })
})

test('zero is kept where a field may be absent, and left out where it may not', () => {
  const replicas = [0x08, 0x00]
  const minReadySeconds = [0x28, 0x00]
  const spec = [...replicas, ...minReadySeconds]
  const object = [0x12, spec.length, ...spec]
  const type = [0x0a, 7, ...Buffer.from('apps/v1'), 0x12, 10, ...Buffer.from('Deployment')]
  const unknown = [0x0a, type.length, ...type, 0x12, object.length, ...object]
  expect(decode(Buffer.from([...Buffer.from('k8s\0'), ...unknown]))).toEqual({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    spec: { replicas: 0 },
  })
})

test('whatever octets come, the answer is an object or a 400', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (octets) => {
      for (const bytes of [Buffer.from(octets), Buffer.concat([Buffer.from('k8s\0'), octets])]) {
        try {
          decode(bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(StatusError)
        }
      }
    }),
  )
})
