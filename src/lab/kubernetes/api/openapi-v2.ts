/** What kubectl asks for, and what the answer calls itself: `@` may not stand in a media type, so real servers answer with `.`. */
export const openapiV2Asked = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf'
export const openapiV2Protobuf = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'

const info = { title: 'Kubernetes', version: 'unversioned' }

/**
 * `GET /openapi/v2`: no definitions. kubectl still reads it before it sends a `kind: List`, for which it asks no
 * v3 document (cli-runtime, query_param_verifier_v3.go); kinds without a definition it leaves to the server, which
 * checks every field of every object.
 */
export const openapiV2 = (): unknown => ({ swagger: '2.0', info, paths: {}, definitions: {} })

/** The same as a protobuf message `Document` (gnostic, openapiv2/OpenAPIv2.proto). */
export function openapiV2Message(): Buffer {
  const text = (value: string): Buffer => Buffer.from(value)
  return Buffer.concat([
    field(1, text('2.0')),
    field(2, Buffer.concat([field(1, text(info.title)), field(2, text(info.version))])),
    field(8, Buffer.alloc(0)),
    field(9, Buffer.alloc(0)),
  ])
}

/** A length-delimited field whose number is below 16 and whose value is shorter than 128 octets. */
const field = (number: number, value: Buffer): Buffer =>
  Buffer.concat([Buffer.from([(number << 3) | 2, value.length]), value])
