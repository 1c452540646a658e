import type { IncomingMessage, ServerResponse } from 'node:http'
import { parseIp } from '../../model/address/address.ts'
import type { Instance } from '../../model/vpc/vpc.ts'
import type { CloudView } from '../ec2/cloud-view.ts'
import { usualMetadataOptions } from '../ec2/describe/instances.ts'
import { metadataTree, readMetadata } from './metadata-tree.ts'
import { longestSession, SessionTokens } from './session-tokens.ts'

export interface MetadataAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
}

/** What an instance asks. */
export interface MetadataQuestion {
  readonly method: string
  readonly path: string
  /** Names in small letters. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
}

const versions = ['1.0', '2021-03-23', '2024-04-11', 'latest'] as const
const ttlHeader = 'x-aws-ec2-metadata-token-ttl-seconds'
const tokenHeader = 'x-aws-ec2-metadata-token'

/** The instance metadata service of one instance, versions 1 and 2 (EC2 user guide, "Use IMDSv2"). */
export function answerMetadata(
  question: MetadataQuestion,
  instance: Instance,
  view: CloudView,
  tokens: SessionTokens,
): MetadataAnswer {
  const { tokens: wanted, endpoint } = instance.metadataOptions ?? usualMetadataOptions
  if (endpoint === 'disabled') return refusal(403)
  const header = (name: string): string | undefined => {
    const value = question.headers[name]
    return typeof value === 'string' ? value : undefined
  }
  const path = question.path.replace(/[?#].*$/, '')
  if (path === '/latest/api/token') {
    if (question.method !== 'PUT') return refusal(405)
    // A request that came through a proxy is none of the instance's own.
    if (header('x-forwarded-for') !== undefined) return refusal(403)
    const seconds = header(ttlHeader) ?? ''
    if (!/^\d{1,5}$/.test(seconds) || Number(seconds) < 1 || Number(seconds) > longestSession)
      return refusal(400)
    return {
      status: 200,
      headers: { 'X-Aws-Ec2-Metadata-Token-Ttl-Seconds': String(Number(seconds)) },
      body: tokens.issue(instance.id, Number(seconds)),
    }
  }
  if (question.method !== 'GET' && question.method !== 'HEAD') return refusal(405)
  const token = header(tokenHeader)
  const left = token === undefined ? undefined : tokens.secondsLeft(instance.id, token)
  if (token === undefined ? wanted === 'required' : left === undefined) return refusal(401)
  const [, version = '', rest = ''] = /^\/+([^/]*)(.*)$/.exec(path) ?? []
  const body =
    version === ''
      ? versions.join('\n')
      : versions.some((one) => one === version)
        ? readMetadata(metadataTree(instance, view), rest)
        : undefined
  if (body === undefined) return refusal(404)
  return {
    status: 200,
    headers: left === undefined ? {} : { 'X-Aws-Ec2-Metadata-Token-Ttl-Seconds': String(left) },
    body,
  }
}

const words: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Not Allowed',
}

/** The service's own page of an error. */
function refusal(status: number): MetadataAnswer {
  const title = `${status} - ${words[status] ?? ''}`
  return {
    status,
    headers: { 'Content-Type': 'text/html' },
    body: `<?xml version="1.0" encoding="iso-8859-1"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN"
\t"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en" lang="en">
 <head>
  <title>${title}</title>
 </head>
 <body>
  <h1>${title}</h1>
 </body>
</html>
`,
  }
}

/** Answers whoever asks by their address: an ENI's is its instance's. Nobody else gets an answer. */
export function metadataService(
  view: () => CloudView,
): (request: IncomingMessage, response: ServerResponse) => void {
  const tokens = new SessionTokens(() => Date.now())
  return (request, response) => {
    request.resume()
    const now = view()
    const instance = instanceAt(request.socket.remoteAddress ?? '', now)
    if (instance === undefined) {
      request.socket.destroy()
      return
    }
    const { method = '', url = '', headers } = request
    const answer = answerMetadata({ method, path: url, headers }, instance, now, tokens)
    response.writeHead(answer.status, {
      'Content-Type': 'text/plain',
      ...answer.headers,
      'Content-Length': Buffer.byteLength(answer.body),
      Server: 'EC2ws',
      Connection: 'close',
    })
    response.end(method === 'HEAD' ? '' : answer.body)
  }
}

function instanceAt(address: string, { vpc }: CloudView): Instance | undefined {
  const asking = parseIp(address.replace(/^::ffff:/, ''))
  const eni = vpc.interfaces.find((one) => one.addresses.some((each) => each.address === asking))
  return vpc.instances.find(({ id }) => id === eni?.attachment?.instance)
}
