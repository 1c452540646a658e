import type { Json } from '../objects/meta.ts'
import { yamlLibrary } from '../late-libraries.ts'
import { messageOfKind } from '../schema/message-of-kind.ts'
import { decodeProtobuf } from '../schema/protobuf.ts'
import { badRequest, StatusError } from '../status.ts'

/** Deeper than any object of Kubernetes nests; JSON.parse itself knows no limit. */
const aliasLimit = 100

/** The object in a body: JSON, YAML or Kubernetes' protobuf. */
export async function decodeBody(body: Buffer, type: string): Promise<Json> {
  if (type === 'application/vnd.kubernetes.protobuf') return decodeProtobuf(body, messageOfKind)
  if (body.length === 0) throw badRequest('the body of the request is empty')
  const yaml = type === 'application/yaml' || type.endsWith('+yaml')
  const json = type === '' || type === 'application/json' || type.endsWith('+json') || type === 'text/json'
  if (!json && !yaml) {
    throw new StatusError(
      'UnsupportedMediaType',
      'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf',
    )
  }
  const text = body.toString('utf8')
  try {
    // Server-side apply says YAML and sends JSON: the quick way first.
    if (json || text.startsWith('{')) return JSON.parse(text) as Json
    const { parse } = await yamlLibrary()
    return parse(text, { maxAliasCount: aliasLimit }) as Json
  } catch (error) {
    throw badRequest(
      `couldn't get version/kind; json parse error: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}
