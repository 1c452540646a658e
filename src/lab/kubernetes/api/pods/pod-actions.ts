import { timestamp } from '../../clock.ts'
import { deleteObject, parseDeleteOptions } from '../../deletion.ts'
import { isJsonObject, type Json, type JsonObject } from '../../objects/meta.ts'
import { isReady } from '../../objects/pod.ts'
import { podDisruptionBudgets, pods, serviceAccounts } from '../../resources.ts'
import { matchesSelector } from '../../selector.ts'
import { badRequest, type Status, StatusError } from '../../status.ts'
import type { Context } from '../context.ts'

const done: Status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 }

/** `POST …/eviction`: deletes a pod unless a disruption budget forbids it now (429). */
export function evictPod(
  { store, clock, url }: Context,
  namespace: string,
  name: string,
  body: Json,
): Status {
  const pod = store.get(pods, namespace, name)
  const budgets = store
    .list(podDisruptionBudgets, namespace)
    .filter((one) => matchesSelector(one.spec?.selector, pod.metadata.labels))
  const [budget] = budgets
  if (budget !== undefined && isReady(pod) && (budget.status?.disruptionsAllowed ?? 0) < 1) {
    const { desiredHealthy = 0, currentHealthy = 0 } = budget.status ?? {}
    throw new StatusError(
      'TooManyRequests',
      "Cannot evict pod as it would violate the pod's disruption budget.",
      {
        causes: [
          {
            reason: 'DisruptionBudget',
            message: `The disruption budget ${budget.metadata.name} needs ${String(desiredHealthy)} healthy pods and has ${String(currentHealthy)} currently`,
          },
        ],
      },
    )
  }
  const options = isJsonObject(body) && isJsonObject(body['deleteOptions']) ? body['deleteOptions'] : {}
  if (!url.searchParams.getAll('dryRun').includes('All') && !isDryRun(options)) {
    deleteObject(store, clock, pods, namespace, name, parseDeleteOptions(options, url.searchParams))
  }
  return done
}

const isDryRun = (options: JsonObject): boolean =>
  Array.isArray(options['dryRun']) && options['dryRun'].includes('All')

/** `POST …/binding`: puts a pod on a node, as a scheduler of one's own would. */
export function bindPod({ store }: Context, namespace: string, name: string, body: Json): Status {
  const target = isJsonObject(body) ? body['target'] : undefined
  const node = isJsonObject(target) ? target['name'] : undefined
  if (typeof node !== 'string') throw badRequest('a binding needs a target')
  store.update(pods, namespace, name, (pod) => {
    if (pod.spec.nodeName !== undefined) {
      throw new StatusError(
        'Conflict',
        `Operation cannot be fulfilled on pods/binding "${name}": pod ${name} is already assigned to node "${pod.spec.nodeName}"`,
      )
    }
    return { ...pod, spec: { ...pod.spec, nodeName: node } }
  })
  return done
}

/** Seconds that a token may be asked for, and what one gets who does not ask. */
const lifetime = { least: 600, usual: 3600, most: 86_400 } as const

/** `POST serviceaccounts/NAME/token`: a token of the account, as `kubectl create token` asks for it. */
export function requestToken(context: Context, namespace: string, name: string, body: Json): JsonObject {
  const { store, clock, issueToken } = context
  const account = store.get(serviceAccounts, namespace, name)
  const spec = isJsonObject(body) && isJsonObject(body['spec']) ? body['spec'] : {}
  const asked = typeof spec['expirationSeconds'] === 'number' ? spec['expirationSeconds'] : lifetime.usual
  const seconds = Math.min(Math.max(asked, lifetime.least), lifetime.most)
  const audiences = Array.isArray(spec['audiences'])
    ? spec['audiences'].filter((one) => typeof one === 'string')
    : []
  const issuedAt = Math.floor(clock.now() / 1000)
  const token = issueToken({
    namespace,
    account: name,
    accountUid: account.metadata.uid,
    audiences,
    issuedAt,
    expiresAt: issuedAt + seconds,
  })
  return {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { name, namespace, creationTimestamp: null },
    spec: { ...spec, expirationSeconds: seconds },
    status: { token, expirationTimestamp: timestamp((issuedAt + seconds) * 1000) },
  }
}
