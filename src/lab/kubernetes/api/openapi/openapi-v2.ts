import { apiVersionOf, type Resource, resources } from '../../resources.ts'
import { type Field, message } from '../../schema/schema.ts'
import { listing, merging, plainSchema } from './field-schema.ts'
import { componentName } from './openapi.ts'

/** Names that begin with `x-`: what OpenAPI leaves to who uses it. */
export type Extensions = Readonly<Record<`x-${string}`, unknown>>

export interface SchemaV2 extends Extensions {
  readonly $ref?: string
  readonly type?: string
  readonly format?: string
  readonly required?: readonly string[]
  readonly items?: SchemaV2
  readonly properties?: Readonly<Record<string, SchemaV2>>
  readonly additionalProperties?: SchemaV2
}

export interface QueryParameter {
  readonly name: string
  readonly in: 'query'
  readonly type: 'string'
}

export interface OperationV2 extends Extensions {
  readonly consumes?: readonly string[]
  readonly parameters: readonly QueryParameter[]
  readonly responses: Readonly<Record<string, { readonly description: string; readonly schema: SchemaV2 }>>
}

export type Method = 'get' | 'put' | 'post' | 'delete' | 'patch'

export interface OpenapiV2 {
  readonly swagger: '2.0'
  readonly info: { readonly title: string; readonly version: string }
  readonly paths: Readonly<Record<string, Readonly<Partial<Record<Method, OperationV2>>>>>
  readonly definitions: Readonly<Record<string, SchemaV2>>
}

let made: OpenapiV2 | undefined

/**
 * `GET /openapi/v2`: what kubectl up to 1.26 explains, checks and merges objects by, and what newer ones check the
 * items of a `kind: List` by.
 */
export const openapiV2 = (): OpenapiV2 => (made ??= make())

function make(): OpenapiV2 {
  const definitions: Record<string, SchemaV2> = {}
  for (const of of resources) {
    addDefinition(definitions, of.message)
    const name = componentName(of.message)
    const { properties, ...rest } = definitions[name] ?? {}
    definitions[name] = {
      ...rest,
      properties: { apiVersion: { type: 'string' }, kind: { type: 'string' }, ...properties },
      'x-kubernetes-group-version-kind': [kindOf(of)],
    }
  }
  return {
    swagger: '2.0',
    info: { title: 'Kubernetes', version: 'unversioned' },
    paths: Object.fromEntries(resources.flatMap(pathsOf)),
    definitions,
  }
}

const kindOf = ({ group, version, kind }: Resource) => ({ group, kind, version })

const reference = (messageName: string): SchemaV2 => ({ $ref: `#/definitions/${componentName(messageName)}` })

/** Structs have no `type`, as before Kubernetes 1.17: a kubectl that is older knows no other, and newer ones know both. */
function addDefinition(definitions: Record<string, SchemaV2>, name: string): void {
  const key = componentName(name)
  const of = message(name)
  if (of === undefined || Object.hasOwn(definitions, key)) return
  definitions[key] = {}
  const fields = [...of.fields.values()]
  for (const { type } of fields) if (type.includes('.')) addDefinition(definitions, type)
  const required = fields.filter((field) => field.required).map((field) => field.name)
  definitions[key] = {
    ...(required.length > 0 ? { required } : {}),
    properties: Object.fromEntries(fields.map((field) => [field.name, propertyOf(field)])),
  }
}

function propertyOf(field: Field): SchemaV2 {
  const item = typeOf(field.type)
  const merges = merging(field)
  switch (field.shape) {
    case 'one':
      return { ...item, ...merges }
    case 'map':
      return { type: 'object', additionalProperties: item, ...merges }
    case 'list':
      return { type: 'array', items: item, ...merges, ...listing(field) }
  }
}

function typeOf(type: string): SchemaV2 {
  switch (type) {
    case 'intorstring':
      return { type: 'string', format: 'int-or-string' }
    case 'raw':
    case 'fields':
      // Anything: an `object` would have to say of what.
      return {}
    default:
      return plainSchema(type) ?? reference(type)
  }
}

const patchTypes = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
]

/**
 * Of `fieldValidation` nothing is said: kubectl 1.25 and 1.26 would look for custom resources before they send a
 * List, which there are none of. They check the fields themselves, by the definitions.
 */
function pathsOf(of: Resource): readonly (readonly [string, Partial<Record<Method, OperationV2>>])[] {
  const root = of.group === '' ? `/api/${of.version}` : `/apis/${apiVersionOf(of)}`
  const base = of.namespaced ? `${root}/namespaces/{namespace}/${of.plural}` : `${root}/${of.plural}`
  const operation = (
    action: string,
    parameters: readonly string[],
    consumes?: readonly string[],
  ): OperationV2 => ({
    ...(consumes === undefined ? {} : { consumes }),
    parameters: parameters.map((name) => ({ name, in: 'query', type: 'string' })),
    responses: { 200: { description: 'OK', schema: reference(of.message) } },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': kindOf(of),
  })
  const write = ['dryRun', 'fieldManager']
  return [
    ...(of.namespaced ? [[`${root}/${of.plural}`, { get: operation('list', []) }] as const] : []),
    [
      base,
      {
        get: operation('list', []),
        post: operation('post', write),
        delete: operation('deletecollection', ['dryRun']),
      },
    ],
    [
      `${base}/{name}`,
      {
        get: operation('get', []),
        put: operation('put', write),
        patch: operation('patch', [...write, 'force'], patchTypes),
        delete: operation('delete', ['dryRun']),
      },
    ],
  ]
}
