import type { Extensions, Method, OpenapiV2, OperationV2, SchemaV2 } from './openapi-v2.ts'

/** What kubectl asks for, and what the answer calls itself: `@` may not stand in a media type, so real servers answer with `.`. */
export const openapiV2Asked = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf'
export const openapiV2Protobuf = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'

/** The document as a protobuf message `Document`, whose numbers are those of gnostic's openapiv2/OpenAPIv2.proto. */
export const writeOpenapiV2 = ({ swagger, info, paths, definitions }: OpenapiV2): Buffer =>
  join(
    text(1, swagger),
    inner(2, text(1, info.title), text(2, info.version)),
    inner(
      8,
      ...Object.entries(paths).map(([path, operations]) =>
        named(
          2,
          path,
          ...Object.entries(operations).map(([method, operation]) =>
            inner(methods[method as Method], operationOf(operation)),
          ),
        ),
      ),
    ),
    inner(9, ...Object.entries(definitions).map(([name, schema]) => named(1, name, schemaOf(schema)))),
  )

const methods: Readonly<Record<Method, number>> = { get: 2, put: 3, post: 4, delete: 5, patch: 8 }

const operationOf = (operation: OperationV2): Buffer =>
  join(
    ...(operation.consumes ?? []).map((type) => text(7, type)),
    // ParametersItem, Parameter, NonBodyParameter, QueryParameterSubSchema
    ...operation.parameters.map((one) =>
      inner(8, inner(1, inner(2, inner(3, text(2, one.in), text(4, one.name), text(6, one.type))))),
    ),
    inner(
      9,
      ...Object.entries(operation.responses).map(([code, { description, schema }]) =>
        named(1, code, inner(1, text(1, description), inner(2, inner(1, schemaOf(schema))))),
      ),
    ),
    extensionsOf(13, operation),
  )

const schemaOf = (schema: SchemaV2): Buffer =>
  join(
    ...(schema.$ref === undefined ? [] : [text(1, schema.$ref)]),
    ...(schema.format === undefined ? [] : [text(2, schema.format)]),
    ...(schema.required ?? []).map((name) => text(19, name)),
    ...(schema.additionalProperties === undefined
      ? []
      : [inner(21, inner(1, schemaOf(schema.additionalProperties)))]),
    ...(schema.type === undefined ? [] : [inner(22, text(1, schema.type))]),
    ...(schema.items === undefined ? [] : [inner(23, inner(1, schemaOf(schema.items)))]),
    ...(schema.properties === undefined
      ? []
      : [
          inner(
            25,
            ...Object.entries(schema.properties).map(([name, property]) =>
              named(1, name, schemaOf(property)),
            ),
          ),
        ]),
    extensionsOf(31, schema),
  )

/** The values of extensions are YAML; JSON is. */
const extensionsOf = (number: number, of: Extensions): Buffer =>
  join(
    ...Object.entries(of)
      .filter(([name]) => name.startsWith('x-'))
      .map(([name, value]) => named(number, name, text(2, JSON.stringify(value)))),
  )

/** One entry of what is a map elsewhere: its key, and the message that is its value. */
const named = (number: number, name: string, ...value: readonly Buffer[]): Buffer =>
  inner(number, text(1, name), inner(2, ...value))

const text = (number: number, value: string): Buffer => delimited(number, Buffer.from(value))

const inner = (number: number, ...parts: readonly Buffer[]): Buffer => delimited(number, join(...parts))

/** A field of wire type 2. */
const delimited = (number: number, value: Buffer): Buffer =>
  join(varint((number << 3) | 2), varint(value.length), value)

function varint(value: number): Buffer {
  const octets: number[] = []
  let left = value
  while (left > 0x7f) {
    octets.push((left & 0x7f) | 0x80)
    left >>>= 7
  }
  return Buffer.from([...octets, left])
}

const join = (...parts: readonly Buffer[]): Buffer => Buffer.concat(parts)
