import { createHash } from 'node:crypto'
import { apiVersionOf, type Resource, resources } from '../../resources.ts'
import { type Field, message } from '../../schema/schema.ts'
import { listing, merging, plainSchema } from './field-schema.ts'

type Schema = Readonly<Record<string, unknown>>

/** `GET /openapi/v3`: where the documents of the group versions are. The hash changes with their content. */
export function openapiIndex(): unknown {
  const versions = [...new Set(resources.map(apiVersionOf))]
  const paths = versions.map((version): [string, unknown] => {
    const path = version.includes('/') ? `apis/${version}` : `api/${version}`
    const hash = createHash('sha256')
      .update(JSON.stringify(openapiDocument(path)))
      .digest('hex')
      .slice(0, 32)
    return [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hash.toUpperCase()}` }]
  })
  return { paths: Object.fromEntries(paths) }
}

/** `GET /openapi/v3/apis/apps/v1`: paths and schemas of one group version, or undefined where there is none. */
export function openapiDocument(path: string): unknown {
  const version = path.replace(/^apis?\//, '')
  const kinds = resources.filter((one) => apiVersionOf(one) === version)
  if (kinds.length === 0) return undefined
  const schemas: Record<string, Schema> = {}
  for (const of of kinds) {
    addSchema(schemas, of.message)
    const name = componentName(of.message)
    const { properties, ...rest } = schemas[name] as { properties: Schema }
    const kindGroup = [{ group: of.group, kind: of.kind, version: of.version }]
    schemas[name] = {
      ...rest,
      properties: { apiVersion: { type: 'string' }, kind: { type: 'string' }, ...properties },
      'x-kubernetes-group-version-kind': kindGroup,
    }
  }
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: 'unversioned' },
    paths: Object.fromEntries(kinds.flatMap((of) => pathsOf(of))),
    components: { schemas },
  }
}

/** `core/v1.PodSpec` → `io.k8s.api.core.v1.PodSpec`, as kubectl explain shows names. */
export function componentName(messageName: string): string {
  const dotted = messageName.replaceAll('/', '.')
  return messageName.startsWith('meta/') ? `io.k8s.apimachinery.pkg.apis.${dotted}` : `io.k8s.api.${dotted}`
}

function addSchema(schemas: Record<string, Schema>, name: string): void {
  const key = componentName(name)
  const of = message(name)
  if (of === undefined || Object.hasOwn(schemas, key)) return
  schemas[key] = {}
  const properties = [...of.fields.values()].map((field): [string, Schema] => {
    if (field.type.includes('.')) addSchema(schemas, field.type)
    return [field.name, propertyOf(field)]
  })
  const required = [...of.fields.values()].filter((field) => field.required).map((field) => field.name)
  schemas[key] = {
    type: 'object',
    ...(required.length > 0 ? { required } : {}),
    properties: Object.fromEntries(properties),
  }
}

function propertyOf(field: Field): Schema {
  const item = typeOf(field)
  switch (field.shape) {
    case 'one':
      return item
    case 'map':
      return { type: 'object', additionalProperties: item }
    case 'list':
      return { type: 'array', items: item, ...merging(field), ...listing(field) }
  }
}

function typeOf(field: Field): Schema {
  switch (field.type) {
    case 'intorstring':
      return { oneOf: [{ type: 'integer' }, { type: 'string' }], format: 'int-or-string' }
    case 'raw':
    case 'fields':
      return { type: 'object' }
    default:
      return (
        plainSchema(field.type) ?? { allOf: [{ $ref: `#/components/schemas/${componentName(field.type)}` }] }
      )
  }
}

/** Collections and objects of a kind, with what kubectl looks for: a PATCH that knows `fieldValidation`. */
function pathsOf(of: Resource): readonly (readonly [string, unknown])[] {
  const root = of.group === '' ? `/api/${of.version}` : `/apis/${apiVersionOf(of)}`
  const base = of.namespaced ? `${root}/namespaces/{namespace}/${of.plural}` : `${root}/${of.plural}`
  const kind = { group: of.group, kind: of.kind, version: of.version }
  const query = (name: string): unknown => ({
    name,
    in: 'query',
    schema: { type: 'string', uniqueItems: true },
  })
  const write = [query('dryRun'), query('fieldManager'), query('fieldValidation')]
  const reference = { $ref: `#/components/schemas/${componentName(of.message)}` }
  const content = { 'application/json': { schema: reference } }
  const operation = (action: string, parameters: readonly unknown[] = []): unknown => ({
    parameters,
    responses: { 200: { description: 'OK', content } },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': kind,
  })
  return [
    // kubectl 1.27 finds a resource's kind by this path alone.
    ...(of.namespaced ? [[`${root}/${of.plural}`, { get: operation('list') }] as const] : []),
    [base, { get: operation('list'), post: operation('post', write), delete: operation('deletecollection') }],
    [
      `${base}/{name}`,
      {
        get: operation('get'),
        put: operation('put', write),
        patch: operation('patch', [...write, query('force')]),
        delete: operation('delete', [query('dryRun')]),
      },
    ],
  ]
}
