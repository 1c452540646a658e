import { type Attributes, isAllowed, rulesOf } from '../authorization.ts'
import { isJsonObject, type Json, type JsonObject } from '../objects/meta.ts'
import { readObject } from '../schema/read-object.ts'
import { badRequest } from '../status.ts'
import type { User } from '../tokens.ts'
import type { Context } from './context.ts'
import { type Question, questions } from './discovery.ts'

/** The question that a path puts, such as `/apis/authorization.k8s.io/v1/selfsubjectaccessreviews`. */
export function questionOf(path: string): { question: Question; namespace: string } | undefined {
  const found = /^\/apis\/([^/]+)\/([^/]+)\/(?:namespaces\/([^/]+)\/)?([^/]+)$/.exec(path)
  if (found === null) return undefined
  const [, group, version, namespace = '', plural] = found
  const question = questions.find(
    (one) => one.group === group && one.version === version && one.plural === plural,
  )
  return question === undefined || question.namespaced !== (namespace !== '')
    ? undefined
    : { question, namespace }
}

/** Answers who one is and what one may do. The question comes back with its status filled in. */
export function answerQuestion(context: Context, question: Question, body: Json): JsonObject {
  if (!isJsonObject(body)) throw badRequest('the body is not an object')
  const group = question.group.replace(/\..*$/, '')
  const { object } = readObject(`${group}/${question.version}.${question.kind}`, body)
  const spec = isJsonObject(object['spec']) ? object['spec'] : {}
  return {
    kind: question.kind,
    apiVersion: `${question.group}/${question.version}`,
    metadata: { creationTimestamp: null },
    ...(question.kind === 'SelfSubjectReview' ? {} : { spec }),
    status: statusOf(context, question, spec),
  }
}

function statusOf(context: Context, { kind }: Question, spec: JsonObject): JsonObject {
  const { store, user, tokens } = context
  switch (kind) {
    case 'SelfSubjectReview':
      return { userInfo: userInfo(user) }
    case 'TokenReview': {
      const found = tokens.identify(text(spec, 'token'))
      return found === undefined
        ? { authenticated: false, error: '[invalid bearer token]', user: {} }
        : { authenticated: true, user: userInfo(found) }
    }
    case 'SelfSubjectAccessReview':
      return accessStatus(context, user, spec)
    case 'SubjectAccessReview':
    case 'LocalSubjectAccessReview': {
      const groups = spec['groups']
      const other: User = {
        username: text(spec, 'user'),
        groups: Array.isArray(groups) ? groups.filter((one) => typeof one === 'string') : [],
      }
      return accessStatus(context, other, spec)
    }
    case 'SelfSubjectRulesReview': {
      const rules = user.groups.includes('system:masters')
        ? [
            { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
            { verbs: ['*'], nonResourceURLs: ['*'] },
          ]
        : rulesOf(store, user, text(spec, 'namespace'))
      return {
        incomplete: false,
        resourceRules: rules
          .filter((rule) => rule.nonResourceURLs === undefined)
          .map((rule): JsonObject => ({ ...rule })),
        nonResourceRules: rules
          .filter((rule) => rule.nonResourceURLs !== undefined)
          .map(({ verbs, nonResourceURLs }): JsonObject => ({
            verbs,
            nonResourceURLs: nonResourceURLs ?? [],
          })),
      }
    }
    default:
      throw new Error(`no answer to ${kind}`)
  }
}

const text = (from: JsonObject, key: string): string => {
  const value = from[key]
  return typeof value === 'string' ? value : ''
}

const userInfo = (user: User): JsonObject => ({
  username: user.username,
  ...(user.uid === undefined ? {} : { uid: user.uid }),
  groups: user.groups,
  ...(user.extra === undefined ? {} : { extra: user.extra }),
})

function accessStatus({ store }: Context, user: User, spec: JsonObject): JsonObject {
  const resource = spec['resourceAttributes']
  const path = spec['nonResourceAttributes']
  const attributes: Attributes = isJsonObject(resource)
    ? {
        kind: 'resource',
        verb: text(resource, 'verb'),
        group: text(resource, 'group'),
        resource: text(resource, 'resource'),
        subresource: text(resource, 'subresource'),
        namespace: text(resource, 'namespace'),
        name: text(resource, 'name'),
      }
    : isJsonObject(path)
      ? { kind: 'path', verb: text(path, 'verb'), path: text(path, 'path') }
      : { kind: 'path', verb: '', path: '' }
  return { allowed: isAllowed(store, user, attributes) }
}
