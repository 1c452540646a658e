import type { CniNode, StorageClass } from '../../resources.ts'
import { ageColumn, columnsFor, nameColumn, type Column } from './column.ts'

const plain: readonly Column[] = columnsFor([nameColumn, ageColumn])

/** Columns of what the lab shows and does not act on; of most there is never one. */
export const shownColumns = {
  StorageClass: columnsFor<StorageClass>([
    nameColumn,
    { name: 'Provisioner', cell: ({ provisioner }) => provisioner ?? '' },
    { name: 'ReclaimPolicy', cell: ({ reclaimPolicy }) => reclaimPolicy ?? '' },
    { name: 'VolumeBindingMode', cell: ({ volumeBindingMode }) => volumeBindingMode ?? '' },
    { name: 'AllowVolumeExpansion', cell: () => 'false' },
    ageColumn,
  ]),
  CNINode: columnsFor<CniNode>([
    nameColumn,
    { name: 'Features', cell: ({ spec }) => (spec?.features ?? []).map(({ name }) => name).join(',') },
  ]),
  ENIConfig: plain,
  PolicyEndpoint: plain,
  SecurityGroupPolicy: plain,
}
