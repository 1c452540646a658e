import { netshootPods } from '../kubernetes/bootstrap/system-objects.ts'
import type { Topology } from '../plan/topology.ts'
import { eksctlConfig } from './eksctl-config.ts'
import { exportReadme } from './readme.ts'
import { createScript, deleteScript } from './scripts.ts'
import { vpcTemplate } from './vpc-template.ts'

/** A file of the export. Objects become YAML. */
export interface ExportedFile {
  readonly name: string
  readonly content: string | object
  readonly executable: boolean
}

export interface ExportVersions {
  /** `1.32` */
  readonly kubernetes: string
  /** `v1.12.6` */
  readonly cni: string
}

/** The files that build the lab's cluster in AWS. Pure: the same topology, the same files. */
export const eksctlFiles = (topology: Topology, versions: ExportVersions): readonly ExportedFile[] => [
  {
    name: 'README.md',
    content: exportReadme(topology, versions.kubernetes, versions.cni),
    executable: false,
  },
  { name: 'vpc.yaml', content: vpcTemplate(topology), executable: false },
  { name: 'cluster.yaml', content: eksctlConfig(topology, versions.kubernetes), executable: false },
  { name: 'netshoot-pod.yaml', content: spreadPods(), executable: false },
  { name: 'create.sh', content: createScript(topology), executable: true },
  { name: 'delete.sh', content: deleteScript(topology), executable: true },
]

/** The tutorial's deployment; EKS's scheduler would not always put one pod on each node, as the lab's does. */
function spreadPods(): object {
  const { spec, ...rest } = netshootPods
  const { template } = spec
  return {
    ...rest,
    spec: {
      ...spec,
      template: {
        ...template,
        spec: {
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: 'kubernetes.io/hostname',
              whenUnsatisfiable: 'ScheduleAnyway',
              labelSelector: spec.selector,
            },
          ],
          ...template.spec,
        },
      },
    },
  }
}
