import { formatCniVersion } from '../../intent/vpc-cni/cni-version.ts'
import { settingsFor } from '../../intent/vpc-cni/settings.ts'
import type { Ami } from '../plan/topology.ts'
import { kubernetesVersion } from '../kubernetes-version.ts'
import type { ExportVersions } from './files.ts'

/** What a lab stands for: EKS names clusters by the first two numbers. */
export const labVersions = (ami: Ami): ExportVersions => ({
  kubernetes: /^v(\d+\.\d+)/.exec(kubernetesVersion)?.[1] ?? kubernetesVersion,
  cni: formatCniVersion(settingsFor(ami).version),
})
