import type { Surroundings } from '../controllers/surroundings.ts'
import { cniNodes, customResourceDefinitions, shownResources, storageClasses } from '../resources.ts'

/** Groups whose resources are custom ones: of the VPC CNI, its network policy agent and the VPC resource controller. */
const custom = /\.(aws|amazonaws\.com)$/

/** Puts there what `kubectl get crd`, `cninodes` and `storageclass` show of an EKS cluster that was made just now. */
export function showEks({ store }: Surroundings, nodeNames: readonly string[]): void {
  for (const of of shownResources)
    if (custom.test(of.group))
      store.create(customResourceDefinitions, {
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        metadata: { name: `${of.plural}.${of.group}` },
        spec: {
          group: of.group,
          names: { plural: of.plural, singular: of.singular, kind: of.kind, shortNames: of.shortNames },
          scope: of.namespaced ? 'Namespaced' : 'Cluster',
          versions: [{ name: of.version, served: true, storage: true }],
        },
      })
  for (const name of nodeNames)
    store.create(cniNodes, {
      apiVersion: 'vpcresources.k8s.aws/v1alpha1',
      kind: 'CNINode',
      metadata: { name },
      spec: {},
    })
  store.create(storageClasses, {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: 'gp2' },
    provisioner: 'kubernetes.io/aws-ebs',
    reclaimPolicy: 'Delete',
    volumeBindingMode: 'WaitForFirstConsumer',
  })
}
