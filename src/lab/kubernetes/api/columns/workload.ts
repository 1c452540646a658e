import type { KubeObject } from '../../objects/meta.ts'
import type { PodTemplate } from '../../objects/pod.ts'
import type { DaemonSet, Deployment, ReplicaSet } from '../../objects/workload.ts'
import { selectorCell, ageColumn, type Column, columnsFor, nameColumn } from './column.ts'

type Templated = KubeObject & {
  readonly spec: { readonly template: PodTemplate; readonly selector: Deployment['spec']['selector'] }
}

const wideColumns: readonly Column<Templated>[] = [
  {
    name: 'Containers',
    wide: true,
    cell: ({ spec }) => spec.template.spec.containers.map(({ name }) => name).join(','),
  },
  {
    name: 'Images',
    wide: true,
    cell: ({ spec }) => spec.template.spec.containers.map(({ image }) => image ?? '').join(','),
  },
  { name: 'Selector', wide: true, cell: ({ spec }) => selectorCell(spec.selector) },
]

export const workloadColumns = {
  Deployment: columnsFor<Deployment>([
    nameColumn,
    {
      name: 'Ready',
      cell: ({ spec, status }) => `${String(status?.readyReplicas ?? 0)}/${String(spec.replicas ?? 1)}`,
    },
    { name: 'Up-to-date', type: 'integer', cell: ({ status }) => status?.updatedReplicas ?? 0 },
    { name: 'Available', type: 'integer', cell: ({ status }) => status?.availableReplicas ?? 0 },
    ageColumn,
    ...wideColumns,
  ]),
  ReplicaSet: columnsFor<ReplicaSet>([
    nameColumn,
    { name: 'Desired', type: 'integer', cell: ({ spec }) => spec.replicas ?? 1 },
    { name: 'Current', type: 'integer', cell: ({ status }) => status?.replicas ?? 0 },
    { name: 'Ready', type: 'integer', cell: ({ status }) => status?.readyReplicas ?? 0 },
    ageColumn,
    ...wideColumns,
  ]),
  DaemonSet: columnsFor<DaemonSet>([
    nameColumn,
    { name: 'Desired', type: 'integer', cell: ({ status }) => status?.desiredNumberScheduled ?? 0 },
    { name: 'Current', type: 'integer', cell: ({ status }) => status?.currentNumberScheduled ?? 0 },
    { name: 'Ready', type: 'integer', cell: ({ status }) => status?.numberReady ?? 0 },
    { name: 'Up-to-date', type: 'integer', cell: ({ status }) => status?.updatedNumberScheduled ?? 0 },
    { name: 'Available', type: 'integer', cell: ({ status }) => status?.numberAvailable ?? 0 },
    {
      name: 'Node Selector',
      cell: ({ spec }) =>
        Object.entries(spec.template.spec.nodeSelector ?? {})
          .map(([key, value]) => `${key}=${value}`)
          .join(',') || '<none>',
    },
    ageColumn,
    ...wideColumns,
  ]),
} as const
