import type { IncomingMessage } from 'node:http'
import type { Attributes } from '../authorization.ts'
import { questionOf } from './answer-question.ts'
import { flag, type Target } from './request.ts'

/** What a request wants to do, in RBAC's words. */
export function attributesOf(request: IncomingMessage, url: URL, target: Target): Attributes {
  const method = request.method ?? 'GET'
  if (target.kind === 'path') {
    const asked = questionOf(target.path)
    if (asked === undefined) return { kind: 'path', verb: method.toLowerCase(), path: target.path }
    const { group, plural } = asked.question
    return {
      kind: 'resource',
      verb: 'create',
      group,
      resource: plural,
      subresource: '',
      namespace: asked.namespace,
      name: '',
    }
  }
  const { resource, namespace = '', name = '', subresource = '' } = target
  const watches = target.watch || (name === '' && flag(url.searchParams, 'watch'))
  return {
    kind: 'resource',
    verb: verbOf(method, name !== '', watches),
    group: resource.group,
    resource: resource.plural,
    subresource,
    // A namespace is in itself, so that a role in it can allow to read it.
    namespace: resource.kind === 'Namespace' ? name : namespace,
    name,
  }
}

function verbOf(method: string, one: boolean, watches: boolean): string {
  switch (method) {
    case 'POST':
      return 'create'
    case 'PUT':
      return 'update'
    case 'PATCH':
      return 'patch'
    case 'DELETE':
      return one ? 'delete' : 'deletecollection'
    default:
      return watches ? 'watch' : one ? 'get' : 'list'
  }
}
