import type { KubernetesApi } from './api.ts'
import { ClusterError } from './cluster-error.ts'
import { at } from '../../edge/fields.ts'
import { permissionTable, type Permission, type Purpose } from './permissions.ts'
import { given } from '../../edge/given.ts'

const reviews = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'

/**
 * Asks the server whether we may do all that the purposes need, before anything is created: what could not be used or
 * removed again is better never made. Rejects with a ClusterError of code `forbidden` that names the first permission
 * that is missing. A server that does not answer such questions is believed to allow.
 */
export async function preflight(
  api: KubernetesApi,
  purposes: readonly Purpose[],
  namespace: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const wanted = purposes
    .flatMap((purpose) => permissionTable.filter((row) => row.purpose === purpose))
    .flatMap(({ group, resource, verbs }) => verbs.map((verb) => ({ group, resource, verb })))
  const answers = await Promise.all(
    wanted.map(async (one) => ({ one, allowed: await isAllowed(api, one, namespace, signal) })),
  )
  const refused = answers.filter(({ allowed }) => !allowed).map(({ one }) => one)
  // Which of its two verbs an exec needs depends on the server's version.
  const exec = refused.filter(({ resource }) => resource === 'pods/exec')
  const missing = exec.length === 2 ? refused : refused.filter((one) => !exec.includes(one))
  const [first] = missing
  if (!first) return
  const { resource, verb } = first
  const where = resource === 'namespaces' ? '' : ` in namespace ${namespace}`
  const way =
    resource === 'namespaces'
      ? 'give --agent-namespace NAME, as `podpath rbac` sets one up'
      : '`podpath rbac` prints the roles that podpath needs'
  throw new ClusterError(
    'forbidden',
    `not allowed to ${verb} ${resource}${where} with context ${JSON.stringify(api.access.context)}: ${way}; nothing was created`,
  )
}

async function isAllowed(
  api: KubernetesApi,
  { group, resource, verb }: Permission,
  namespace: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const [plain = '', subresource] = resource.split('/')
  const attributes = {
    group,
    resource: plain,
    verb,
    ...given({ subresource }),
    ...(resource === 'namespaces' ? {} : { namespace }),
  }
  try {
    const answer = await api.create(
      reviews,
      {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes: attributes },
      },
      { signal },
    )
    return at(answer, 'status', 'allowed') !== false
  } catch (error) {
    if (error instanceof ClusterError && ['forbidden', 'not-found', 'refused'].includes(error.code))
      return true
    throw error
  }
}
