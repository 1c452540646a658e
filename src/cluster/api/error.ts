import type { Access } from '../access/access.ts'
import { ClusterError } from './cluster-error.ts'
import type { ClusterErrorCode } from './cluster-error.ts'
import { textAt } from '../../edge/fields.ts'
import { askedPermission } from './permissions.ts'

/** What was asked, as far as an error has to name it. */
export interface Asked {
  readonly method: string
  readonly path: string
}

/** A request in the words of RBAC: `list pods in namespace default`, `get nodes web-1`, `get pods/exec …`. */
export function describeRequest({ method, path }: Asked): string {
  const asked = askedPermission(method, path)
  if (!asked) return `${method} ${path}`
  const { verb, resource, name, namespace } = asked
  return [
    verb,
    resource,
    ...(name === null ? [] : [name]),
    ...(namespace === null ? [] : ['in namespace', namespace]),
  ].join(' ')
}

/**
 * An answer that is not a success, in one line that says what, where and what to do.
 * @param tries how often it was asked, the last time included
 */
export function statusError(
  access: Pick<Access, 'server' | 'context'>,
  asked: Asked,
  { status, body, tries }: { readonly status: number; readonly body: unknown; readonly tries: number },
): ClusterError {
  const said = textAt(body, 'message') ?? ''
  const what = describeRequest(asked)
  const context = JSON.stringify(access.context)
  const error = (code: ClusterErrorCode, message: string): ClusterError =>
    new ClusterError(code, message, { cause: body })
  const often = tries > 1 ? `, after ${tries} tries` : ''
  switch (status) {
    case 401:
      if (access.server.startsWith('http:'))
        return error(
          'unauthorized',
          `${access.server} wants credentials (401), and over http:// podpath sends none, as kubectl does not: give its https:// address`,
        )
      return error(
        'unauthorized',
        `${access.server} does not accept the credentials of context ${context} (401): renew them, or choose another --context`,
      )
    case 403:
      return error(
        'forbidden',
        `not allowed to ${what} with context ${context} (403${said === '' ? '' : `, ${said}`}): ${permissionHint(asked, said)}`,
      )
    case 404:
      if (/^namespaces ".*" not found$/.test(said))
        return error('not-found', `${what}: there is no such namespace (404): \`podpath rbac\` prints one`)
      return error(
        'not-found',
        said === '' ? `${access.server} knows nothing of: ${what} (404)` : `${what}: ${said} (404)`,
      )
    case 409:
      return error('conflict', `cannot ${what}: ${said} (409)`)
    case 410:
      return error('gone', `${what}: ${said || 'the resource version is too old'} (410)`)
    case 429:
      return error(
        'throttled',
        `${access.server} has too much to do to ${what} (429)${often}: try again later`,
      )
    default:
      if (status >= 300 && status < 400)
        return error(
          'refused',
          `${access.server} sends whoever would ${what} elsewhere (${status}), which podpath does not follow: correct the server of the kubeconfig`,
        )
      return status >= 500
        ? error(
            'server-error',
            `${access.server} fails to ${what} (${status}${said === '' ? '' : `, ${said}`})${often}: ${failureHint(said)}`,
          )
        : error('refused', `${access.server} refuses to ${what} (${status}${said === '' ? '' : `, ${said}`})`)
  }
}

/**
 * Who is to be looked at when the API server fails: itself, or what it asks and waits for. The words are those of
 * apiserver's pkg/admission/plugin/webhook/errors and of kube-aggregator's handler_proxy.go.
 */
function failureHint(said: string): string {
  const webhook = /failed calling webhook "([^"]{1,253})"/.exec(said)?.[1]
  if (webhook !== undefined)
    return `not the API server, the webhook ${webhook} fails: see its service in \`kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations -o yaml\``
  if (/^(service unavailable|error trying to reach service)/i.test(said))
    return 'what answers for this API is another server: look at `kubectl get apiservices`'
  if (/error dialing backend/.test(said))
    return 'the API server does not reach the kubelet: look at the node and at port 10250'
  if (/etcdserver|etcd cluster/.test(said)) return 'its etcd does not answer: try again later'
  return 'look at the API server'
}

/** What somebody who was refused can do: RBAC, Pod Security and other admission refuse with the same status. */
function permissionHint({ method, path }: Asked, said: string): string {
  const asked = askedPermission(method, path)
  if (/violates PodSecurity/.test(said))
    return `label the namespace: kubectl label namespace ${asked?.namespace ?? 'NAME'} pod-security.kubernetes.io/enforce=privileged`
  const webhook = /admission webhook "([^"]{1,253})" denied/.exec(said)?.[1]
  if (webhook !== undefined) return `the webhook ${webhook} of the cluster does not allow it`
  if (said !== '' && !/\bcannot\b/.test(said)) return 'the cluster’s admission control refuses it'
  return asked?.resource === 'namespaces' && asked.verb === 'create'
    ? 'give --agent-namespace NAME, as `podpath rbac` sets one up'
    : '`podpath rbac` prints the roles that podpath needs'
}

/** An exchange that brought no answer: refused, cut, not trusted, too slow, or ended by us. */
export function connectionError(access: Access, asked: Asked, cause: unknown): ClusterError {
  if (cause instanceof ClusterError) return cause
  const code = textAt(cause, 'code') ?? ''
  const name = cause instanceof Error ? cause.name : ''
  const said = cause instanceof Error ? cause.message : String(cause)
  const what = describeRequest(asked)
  const error = (kind: ClusterErrorCode, message: string): ClusterError =>
    new ClusterError(kind, message, { cause })
  if (name === 'TimeoutError')
    return error(
      'timeout',
      `${access.server} does not answer (${what}): is the API server reachable from here?`,
    )
  if (name === 'AbortError') return error('aborted', `stopped while waiting for ${access.server} (${what})`)
  const tls = tlsComplaint(code, said)
  if (tls) return error('tls', `${access.server} cannot be trusted: ${tls}`)
  switch (code) {
    case 'ECONNREFUSED':
      return error(
        'unreachable',
        `nothing listens at ${access.server}: is the cluster up, and is --context right?`,
      )
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return error(
        'unreachable',
        `the name in ${access.server} cannot be resolved: is the kubeconfig still valid?`,
      )
    case 'ETIMEDOUT':
      return error(
        'timeout',
        `${access.server} does not answer (${what}): is the API server reachable from here?`,
      )
    default:
      return error('unreachable', `cannot reach ${access.server} (${what}): ${said}`)
  }
}

/** Node's and OpenSSL's codes for a peer that cannot be trusted (nodejs.org/api/tls.html, X509 certificate error codes). */
function tlsComplaint(code: string, said: string): string | undefined {
  switch (code) {
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'CERT_SIGNATURE_FAILURE':
      return 'its certificate is not signed by the certificate-authority of the kubeconfig; update the kubeconfig'
    case 'CERT_HAS_EXPIRED':
    case 'CERT_NOT_YET_VALID':
      return `its certificate is not valid now (${said}); check the clocks, or renew it`
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `its certificate is for another name (${said}); check the server, or set tls-server-name`
    default:
      break
  }
  if (/wrong version number|packet length too long|http request/.test(said))
    return 'it does not speak TLS; the server of the kubeconfig should begin with http://, or its port is wrong'
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO') return `TLS fails (${said})`
  return undefined
}
