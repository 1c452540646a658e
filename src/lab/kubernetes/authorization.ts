import type { PolicyRule, Role, RoleBinding } from './objects/configuration.ts'
import { clusterRoleBindings, clusterRoles, roleBindings, roles } from './resources.ts'
import { StatusError } from './status.ts'
import type { Store } from './store.ts'
import type { User } from './tokens.ts'

/** What somebody wants to do: with a resource, or with a path that is none. */
export type Attributes =
  | {
      readonly kind: 'resource'
      readonly verb: string
      readonly group: string
      readonly resource: string
      readonly subresource: string
      readonly namespace: string
      readonly name: string
    }
  | { readonly kind: 'path'; readonly verb: string; readonly path: string }

/** Whether RBAC lets the user: any rule of any role that is bound to them allows it; nothing forbids. */
export function isAllowed(store: Store, user: User, attributes: Attributes): boolean {
  if (user.groups.includes('system:masters')) return true
  const namespace = attributes.kind === 'resource' ? attributes.namespace : ''
  return rulesOf(store, user, namespace).some((rule) => allows(rule, attributes))
}

/** The rules that hold for a user in a namespace, and those of the whole cluster. */
export function rulesOf(store: Store, user: User, namespace: string): readonly PolicyRule[] {
  const bound = [
    ...store.list(clusterRoleBindings),
    ...(namespace === '' ? [] : store.list(roleBindings, namespace)),
  ].filter((binding) => names(binding, user))
  return bound.flatMap((binding) => roleOf(store, binding)?.rules ?? [])
}

function roleOf(store: Store, { roleRef, metadata }: RoleBinding): Role | undefined {
  return roleRef.kind === 'ClusterRole'
    ? store.find(clusterRoles, undefined, roleRef.name)
    : store.find(roles, metadata.namespace, roleRef.name)
}

const names = ({ subjects = [], metadata }: RoleBinding, user: User): boolean =>
  subjects.some(({ kind, name, namespace }) => {
    switch (kind) {
      case 'User':
        return name === user.username
      case 'Group':
        return user.groups.includes(name)
      case 'ServiceAccount':
        return user.username === `system:serviceaccount:${namespace ?? metadata.namespace ?? ''}:${name}`
      default:
        return false
    }
  })

const has = (list: readonly string[] | undefined, value: string): boolean =>
  list?.some((one) => one === '*' || one === value) === true

function allows(rule: PolicyRule, attributes: Attributes): boolean {
  if (!has(rule.verbs, attributes.verb)) return false
  if (attributes.kind === 'path') {
    return (rule.nonResourceURLs ?? []).some(
      (pattern) =>
        pattern === attributes.path ||
        (pattern.endsWith('*') && attributes.path.startsWith(pattern.slice(0, -1))),
    )
  }
  const { group, resource, subresource, name } = attributes
  const full = subresource === '' ? resource : `${resource}/${subresource}`
  const named = (rule.resourceNames ?? []).length === 0 || rule.resourceNames?.includes(name) === true
  const reached =
    has(rule.resources, full) || (subresource !== '' && rule.resources?.includes(`*/${subresource}`) === true)
  return has(rule.apiGroups, group) && reached && named
}

/** The 403 of the real server, in its words. */
export function forbidden(user: User, attributes: Attributes): StatusError {
  if (attributes.kind === 'path') {
    return new StatusError(
      'Forbidden',
      `forbidden: User ${JSON.stringify(user.username)} cannot ${attributes.verb} path ${JSON.stringify(attributes.path)}`,
      {},
    )
  }
  const { group, resource, subresource, namespace, name, verb } = attributes
  const qualified = group === '' ? resource : `${resource}.${group}`
  const full = subresource === '' ? resource : `${resource}/${subresource}`
  const what = name === '' ? qualified : `${qualified} ${JSON.stringify(name)}`
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace ${JSON.stringify(namespace)}`
  return new StatusError(
    'Forbidden',
    `${what} is forbidden: User ${JSON.stringify(user.username)} cannot ${verb} resource ${JSON.stringify(full)} in API group ${JSON.stringify(group)} ${where}`,
    { ...(name === '' ? {} : { name }), ...(group === '' ? {} : { group }), kind: resource },
  )
}
