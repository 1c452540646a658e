import { type Node, nodeAddress } from '../../objects/node.ts'
import { ageColumn, columnsFor, nameColumn } from './column.ts'

export const nodeColumns = columnsFor<Node>([
  nameColumn,
  {
    name: 'Status',
    cell: ({ spec, status }) => {
      const ready = status?.conditions?.find(({ type }) => type === 'Ready')
      const word = ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady'
      return spec?.unschedulable === true ? `${word},SchedulingDisabled` : word
    },
  },
  {
    name: 'Roles',
    cell: ({ metadata }) => {
      const prefix = 'node-role.kubernetes.io/'
      const found = Object.entries(metadata.labels ?? {}).flatMap(([key, value]) =>
        key.startsWith(prefix) && key.length > prefix.length
          ? [key.slice(prefix.length)]
          : key === 'kubernetes.io/role' && value !== ''
            ? [value]
            : [],
      )
      return found.length === 0 ? '<none>' : found.sort().join(',')
    },
  },
  ageColumn,
  { name: 'Version', cell: ({ status }) => status?.nodeInfo?.['kubeletVersion'] ?? '' },
  { name: 'Internal-IP', wide: true, cell: (node) => nodeAddress(node, 'InternalIP') ?? '<none>' },
  { name: 'External-IP', wide: true, cell: (node) => nodeAddress(node, 'ExternalIP') ?? '<none>' },
  { name: 'OS-Image', wide: true, cell: ({ status }) => status?.nodeInfo?.['osImage'] ?? '<unknown>' },
  {
    name: 'Kernel-Version',
    wide: true,
    cell: ({ status }) => status?.nodeInfo?.['kernelVersion'] ?? '<unknown>',
  },
  {
    name: 'Container-Runtime',
    wide: true,
    cell: ({ status }) => status?.nodeInfo?.['containerRuntimeVersion'] ?? '<unknown>',
  },
])
