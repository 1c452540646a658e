import { join } from 'node:path'
import { connectTo, type Cluster } from '../../cluster/access/connect.ts'
import type { KubeconfigChoice, KubeTarget } from '../../cluster/access/kubeconfig.ts'
import { LabError } from '../../lab/daemon/lab-error.ts'
import type { LabRecord } from '../../lab/daemon/record/record.ts'

/**
 * Opens a lab's cluster by what its record says: a port of the loopback address, the lab's own authority, a token. There is no
 * place in it for a program to run, a file to read or a proxy to go by.
 */
export function connectLab(
  { name, kubernetes, directory }: LabRecord,
  { namespace, impersonate }: Pick<KubeconfigChoice, 'namespace' | 'impersonate'> = {},
): Promise<Cluster> {
  if (!kubernetes) throw new LabError({ kind: 'no-kubernetes', name })
  const target: KubeTarget = {
    context: kubernetes.name,
    namespace: namespace ?? kubernetes.namespace ?? 'default',
    server: kubernetes.server,
    authority: { text: kubernetes.certificateAuthority },
    token: { text: kubernetes.token },
    impersonate: impersonate ?? null,
    tlsServerName: null,
    insecureSkipTlsVerify: false,
    proxyUrl: null,
    certificate: null,
    key: null,
    basic: null,
    plugin: null,
  }
  return connectTo(target, ['kubectl', '--kubeconfig', join(directory, 'kubeconfig')])
}
