import { describe, expect, test } from 'vitest'
import { type OpenapiV2, openapiV2, type SchemaV2 } from './openapi-v2.ts'
import { writeOpenapiV2 } from './openapi-v2-message.ts'

describe('the description of the API in OpenAPI v2', () => {
  const document = openapiV2()

  test('every reference leads to a definition', () => {
    const dangling: string[] = []
    const follow = (schema: SchemaV2): void => {
      const name = schema.$ref?.replace('#/definitions/', '')
      if (name !== undefined && !Object.hasOwn(document.definitions, name)) dangling.push(name)
      for (const inner of [
        schema.items,
        schema.additionalProperties,
        ...Object.values(schema.properties ?? {}),
      ])
        if (inner !== undefined) follow(inner)
    }
    for (const schema of Object.values(document.definitions)) follow(schema)
    expect(dangling).toEqual([])
  })

  test('lists say how a strategic merge patch merges them', () => {
    expect(document.definitions['io.k8s.api.core.v1.PodSpec']?.properties?.['containers']).toEqual({
      type: 'array',
      items: { $ref: '#/definitions/io.k8s.api.core.v1.Container' },
      'x-kubernetes-patch-merge-key': 'name',
      'x-kubernetes-patch-strategy': 'merge',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
    })
  })

  test('what a field of any content holds is not said', () => {
    const { properties } = document.definitions['io.k8s.api.apps.v1.ControllerRevision'] ?? {}
    expect(properties?.['data']).toEqual({})
  })

  test('a PATCH of every kind says of what kind it is, and that it can be tried', () => {
    const patch = document.paths['/apis/apps/v1/namespaces/{namespace}/deployments/{name}']?.patch
    expect(patch?.['x-kubernetes-group-version-kind']).toEqual({
      group: 'apps',
      kind: 'Deployment',
      version: 'v1',
    })
    expect(patch?.parameters.map(({ name }) => name)).toContain('dryRun')
  })
})

/** protoc --encode=openapi.v2.Document, of the document below. */
const golden =
  '0a03322e3012060a0154120176426912670a022f611261425f3a0163421d0a1b12191a171205717565727922066472795275' +
  '6e3206737472696e674a240a220a03323030121b0a190a024f4b12130a110a0f232f646566696e6974696f6e732f416a150a' +
  '03782d6b120e120c7b226b696e64223a2241227d4a5b0a330a0141122e9a010162ca01270a250a01621220b201070a056172' +
  '726179ba01130a11120462797465b201080a06737472696e670a240a014d121faa010e0a0cb201090a07696e7465676572b2' +
  '01080a066f626a656374ca0100'

test('as a message: the octets that protoc makes of the same', () => {
  const document: OpenapiV2 = {
    swagger: '2.0',
    info: { title: 'T', version: 'v' },
    paths: {
      '/a': {
        patch: {
          consumes: ['c'],
          parameters: [{ name: 'dryRun', in: 'query', type: 'string' }],
          responses: { 200: { description: 'OK', schema: { $ref: '#/definitions/A' } } },
          'x-k': { kind: 'A' },
        },
      },
    },
    definitions: {
      A: { required: ['b'], properties: { b: { type: 'array', items: { type: 'string', format: 'byte' } } } },
      M: { type: 'object', additionalProperties: { type: 'integer' }, properties: {} },
    },
  }
  expect(writeOpenapiV2(document).toString('hex')).toBe(golden)
})
