import { questions } from '../api/discovery.ts'
import { resourceOfKind } from '../resources.ts'

/** Kinds that are never kept: bodies of subresources, options and questions. */
const others: Readonly<Record<string, string>> = {
  'policy/v1/Eviction': 'policy/v1.Eviction',
  'authentication.k8s.io/v1/TokenRequest': 'authentication/v1.TokenRequest',
  'autoscaling/v1/Scale': 'autoscaling/v1.Scale',
  'v1/Binding': 'core/v1.Binding',
}

/** The message that describes a kind, by the names that stand in an object of it. */
export function messageOfKind(apiVersion: string, kind: string): string | undefined {
  if (kind === 'DeleteOptions') return 'meta/v1.DeleteOptions'
  const kept = resourceOfKind(apiVersion, kind)
  if (kept !== undefined) return kept.message
  const asked = questions.find((one) => `${one.group}/${one.version}` === apiVersion && one.kind === kind)
  if (asked !== undefined) return `${asked.group.replace(/\..*$/, '')}/${asked.version}.${kind}`
  const key = `${apiVersion}/${kind}`
  return Object.hasOwn(others, key) ? others[key] : undefined
}
