import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { actions } from './actions.ts'
import {
  ec2Answer,
  ec2Fault,
  jsonAnswer,
  jsonFault,
  s3Fault,
  stsAnswer,
  stsFault,
  type Answer,
} from './answer.ts'
import type { CloudControl, CloudView, Credential } from './cloud-view.ts'
import { eksAnswer } from './eks.ts'
import { AwsError, fault, refuse, type AwsFault } from './fault.ts'
import { flagOf, parseQuery, textOf } from './query.ts'
import { checkSignature, type SignatureProblem, type SignedRequest } from './signature-v4.ts'
import { callerIdentity } from './sts.ts'

export interface Ec2ApiOptions {
  /** The cloud as it is at this moment; called once for each request. */
  readonly view: () => CloudView
  /** Absent: the VPC can be described but not changed. */
  readonly control?: CloudControl
  /** Called for each request, so that credentials can be made and withdrawn. */
  readonly credentials: () => readonly Credential[]
  readonly clock: () => Date
  /** A failure of our own behind a request: the caller is told `InternalError`, this is told why. */
  readonly onError?: (error: unknown) => void
}

export interface Ec2Api {
  /** For `http.createServer` and `https.createServer`: EC2, STS and EKS on one address, told apart by the signature. */
  handle(request: IncomingMessage, response: ServerResponse): void
  /** The same without a socket. */
  answer(request: SignedRequest): Promise<Answer>
}

/** EC2's own limit on a request is about 64 KiB; user data and long lists stay below this. */
const mostOctets = 1 << 20

/** The lab's AWS: the EC2 query protocol, STS and EKS as far as kubectl's and podpath's needs go. */
export function createEc2Api(options: Ec2ApiOptions): Ec2Api {
  const answer = (request: SignedRequest): Promise<Answer> => answerRequest(request, options)
  return {
    answer,
    handle: (request, response) => {
      void serve(request, response, answer, options.onError)
    },
  }
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  answer: (request: SignedRequest) => Promise<Answer>,
  onError?: (error: unknown) => void,
): Promise<void> {
  try {
    const body = await readBody(request)
    const told =
      body === null
        ? ec2Fault(fault('RequestEntityTooLarge', 'The request is too large.', 413), randomUUID())
        : await answer({
            method: request.method ?? 'GET',
            target: request.url ?? '/',
            headers: flatHeaders(request),
            body,
          })
    const octets = Buffer.from(told.body)
    if (body === null) response.setHeader('connection', 'close')
    response.writeHead(told.status, { ...told.headers, 'content-length': octets.length })
    response.end(octets)
  } catch (error) {
    // When the caller went away there is nobody left to answer, and nothing went wrong here.
    if (!request.destroyed || request.complete) onError?.(error)
    response.destroy()
  }
}

/** Null: too much. The rest is then read and thrown away, so that the caller can still read our answer. */
function readBody(request: IncomingMessage): Promise<Uint8Array | null> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let octets = 0
    request.on('data', (chunk: Buffer) => {
      octets += chunk.length
      if (octets <= mostOctets) chunks.push(chunk)
      else resolve(null)
    })
    request.on('end', () => {
      resolve(Buffer.concat(chunks))
    })
    request.on('error', reject)
    request.on('close', () => {
      reject(new Error('the caller went away in the middle of a request'))
    })
  })
}

function flatHeaders(request: IncomingMessage): Readonly<Record<string, string>> {
  const flat: Record<string, string> = {}
  for (const [name, value] of Object.entries(request.headers))
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(',') : value
  return flat
}

async function answerRequest(request: SignedRequest, options: Ec2ApiOptions): Promise<Answer> {
  const requestId = randomUUID()
  const signature = checkSignature(request, options.credentials(), options.clock())
  const refusal = signature.service === 'eks' ? jsonFault : signature.service === 'sts' ? stsFault : ec2Fault
  try {
    if (!signature.ok) return refusal(signatureFault(signature.reason, signature.service), requestId)
    const view = options.view()
    const foreign = signature.region !== view.vpc.region
    if (foreign && regional.has(signature.service))
      return refusal(
        fault(
          'AuthFailure',
          `Credential should be scoped to a valid region, not '${signature.region}'.`,
          401,
        ),
        requestId,
      )
    switch (signature.service) {
      case 'ec2':
        return await answerEc2(request, view, options.control ?? null, requestId)
      case 'sts':
        return stsAnswer(
          'GetCallerIdentity',
          requestId,
          callerIdentity(queryOf(request), view, signature.credential),
        )
      case 'eks':
        return jsonAnswer(requestId, eksAnswer(request.method, request.target, view))
      default:
        return unknownService(signature.service, request, requestId)
    }
  } catch (error) {
    if (error instanceof AwsError) return refusal(error.fault, requestId)
    options.onError?.(error)
    return refusal(fault('InternalError', 'An internal error has occurred', 500), requestId)
  }
}

/** The lab is in one region: its endpoint knows nothing of others. STS answers for all of them. */
const regional: ReadonlySet<string> = new Set(['ec2', 'eks'])

/** Services of REST with XML, whose errors have the form of STS' (Smithy, AWS restXml protocol). */
const restXml: ReadonlySet<string> = new Set(['route53', 'cloudfront', 's3control'])

/** In the form that the service's clients read. */
function unknownService(service: string, request: SignedRequest, requestId: string): Answer {
  const told = fault('UnknownService', `This lab has no service named ${service}.`, 404)
  if (service === 's3') return s3Fault(told, requestId)
  if (restXml.has(service)) return stsFault(told, requestId)
  const json = 'x-amz-target' in request.headers || /json/.test(request.headers['content-type'] ?? '')
  return json ? jsonFault(told, requestId) : ec2Fault(told, requestId)
}

const queryOf = (request: SignedRequest) => {
  const mark = request.target.indexOf('?')
  const query = mark < 0 ? '' : request.target.slice(mark + 1)
  return parseQuery(request.method === 'POST' ? Buffer.from(request.body).toString('utf8') : query)
}

async function answerEc2(
  request: SignedRequest,
  view: CloudView,
  control: CloudControl | null,
  requestId: string,
): Promise<Answer> {
  const parameters = queryOf(request)
  const name = textOf(parameters, 'Action')
  if (name === undefined)
    return refuse('MissingAction', 'The request is missing an action or a required parameter.')
  const action = actions.get(name)
  if (action === undefined)
    return refuse('InvalidAction', `The action ${name} is not valid for this web service.`)
  if (flagOf(parameters, 'DryRun') === true)
    return refuse('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', 412)
  return ec2Answer(name, requestId, await action({ parameters, view, control }))
}

/** Each service has its own words for a bad signature. */
function signatureFault(reason: SignatureProblem, service: string | null): AwsFault {
  const mismatch =
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.'
  const badToken = 'The security token included in the request is invalid.'
  if (service === 'eks' || service === 'sts') {
    const eks = service === 'eks'
    switch (reason) {
      case 'unknown-key':
      case 'bad-token':
        return fault(eks ? 'UnrecognizedClientException' : 'InvalidClientTokenId', badToken, 403)
      case 'expired':
        return fault(eks ? 'InvalidSignatureException' : 'SignatureDoesNotMatch', 'Signature expired', 403)
      case 'mismatch':
        return fault(eks ? 'InvalidSignatureException' : 'SignatureDoesNotMatch', mismatch, 403)
      case 'missing':
      case 'malformed':
        return fault(
          eks ? 'MissingAuthenticationTokenException' : 'MissingAuthenticationToken',
          'Request is missing Authentication Token',
          403,
        )
    }
  }
  switch (reason) {
    case 'missing':
      return fault('MissingAuthenticationToken', 'Request is missing Authentication Token', 403)
    case 'malformed':
      return fault('IncompleteSignature', 'The request signature does not conform to AWS standards.')
    case 'expired':
      return fault('RequestExpired', 'Request has expired.')
    case 'unknown-key':
    case 'bad-token':
    case 'mismatch':
      return fault('AuthFailure', 'AWS was not able to validate the provided access credentials', 401)
  }
}
