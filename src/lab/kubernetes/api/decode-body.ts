import type { Json } from '../objects/meta.ts'
import { badRequest, StatusError } from '../status.ts'

/** The object in a body: JSON here; what a client may send else is refused by name. */
export function decodeBody(body: Buffer, type: string, _target: unknown): Json {
  if (body.length === 0) throw badRequest('the body of the request is empty')
  const json = type === '' || type === 'application/json' || type.endsWith('+json') || type === 'text/json'
  if (!json) {
    throw new StatusError(
      'UnsupportedMediaType',
      `the body of the request was in an unknown format - accepted media types include: application/json`,
    )
  }
  try {
    return JSON.parse(body.toString('utf8')) as Json
  } catch (error) {
    throw badRequest(
      `couldn't get version/kind; json parse error: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}
