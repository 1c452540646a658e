import type { Container, PodSpec } from '../objects/pod.ts'
import { safeString, seededRandom } from '../random.ts'

/** Where programs in a pod look for their token (rest.InClusterConfig of every client library). */
export const accountDirectory = '/var/run/secrets/kubernetes.io/serviceaccount'

/** Seconds: what the admission plugin asks for, by which the API server knows its own tokens. */
export const boundTokenSeconds = 3607

/**
 * The volume with the service account's token, the cluster's CA and the namespace, in every container that has nothing at
 * that place (plugin/pkg/admission/serviceaccount). `seed` decides the volume's name.
 */
export function withAccountVolume(spec: PodSpec, seed: string): PodSpec {
  const hasOwn = (container: Container): boolean =>
    container.volumeMounts?.some(({ mountPath }) => mountPath === accountDirectory) === true
  const all = [...(spec.initContainers ?? []), ...spec.containers]
  if (all.every(hasOwn)) return spec
  const name = `kube-api-access-${safeString(seededRandom(seed), 5)}`
  const mounted = (container: Container): Container =>
    hasOwn(container)
      ? container
      : {
          ...container,
          volumeMounts: [
            ...(container.volumeMounts ?? []),
            { name, readOnly: true, mountPath: accountDirectory },
          ],
        }
  return {
    ...spec,
    containers: spec.containers.map(mounted),
    ...(spec.initContainers === undefined ? {} : { initContainers: spec.initContainers.map(mounted) }),
    volumes: [
      ...(spec.volumes ?? []),
      {
        name,
        projected: {
          sources: [
            { serviceAccountToken: { expirationSeconds: boundTokenSeconds, path: 'token' } },
            { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
            {
              downwardAPI: {
                items: [
                  { path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } },
                ],
              },
            },
          ],
          defaultMode: 420,
        },
      },
    ],
  }
}
