import type { KubeObject } from '../../objects/meta.ts'
import { ageColumn, columnsFor, nameColumn, type Column } from './column.ts'

const plain: readonly Column[] = columnsFor([nameColumn, ageColumn])

/** Columns of what the lab shows and does not act on; of most there is never one. */
export const shownColumns = {
  StorageClass: columnsFor<
    KubeObject & { provisioner?: string; reclaimPolicy?: string; volumeBindingMode?: string }
  >([
    nameColumn,
    { name: 'Provisioner', cell: ({ provisioner }) => provisioner ?? '' },
    { name: 'ReclaimPolicy', cell: ({ reclaimPolicy }) => reclaimPolicy ?? '' },
    { name: 'VolumeBindingMode', cell: ({ volumeBindingMode }) => volumeBindingMode ?? '' },
    { name: 'AllowVolumeExpansion', cell: () => 'false' },
    ageColumn,
  ]),
  CNINode: columnsFor<KubeObject & { spec?: { features?: readonly { name: string }[] } }>([
    nameColumn,
    { name: 'Features', cell: ({ spec }) => (spec?.features ?? []).map(({ name }) => name).join(',') },
  ]),
  ENIConfig: plain,
  PolicyEndpoint: plain,
  SecurityGroupPolicy: plain,
}
