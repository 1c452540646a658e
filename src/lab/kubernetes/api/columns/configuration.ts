import type {
  ConfigMap,
  Lease,
  Namespace,
  PodDisruptionBudget,
  RoleBinding,
  Secret,
  ServiceAccount,
} from '../../objects/configuration.ts'
import { controllerOf, type KubeObject, type LabelSelector } from '../../objects/meta.ts'
import { ageColumn, type Column, columnsFor, nameColumn, selectorCell } from './column.ts'

const size = (record: object | undefined): number => Object.keys(record ?? {}).length

const createdAt: Column<KubeObject> = {
  name: 'Created At',
  cell: ({ metadata }) => metadata.creationTimestamp,
}

const subjects = (binding: RoleBinding, kind: string): string =>
  (binding.subjects ?? [])
    .filter((one) => one.kind === kind)
    .map(({ name, namespace }) => (kind === 'ServiceAccount' ? `${namespace ?? ''}/${name}` : name))
    .join(', ')

const bindingColumns = columnsFor<RoleBinding>([
  nameColumn,
  { name: 'Role', cell: ({ roleRef }) => `${roleRef.kind}/${roleRef.name}` },
  ageColumn,
  { name: 'Users', wide: true, cell: (binding) => subjects(binding, 'User') },
  { name: 'Groups', wide: true, cell: (binding) => subjects(binding, 'Group') },
  { name: 'ServiceAccounts', wide: true, cell: (binding) => subjects(binding, 'ServiceAccount') },
])

const allowed = (value: number | string | undefined): string => (value === undefined ? 'N/A' : String(value))

export const configurationColumns = {
  Namespace: columnsFor<Namespace>([
    nameColumn,
    { name: 'Status', cell: ({ status }) => status?.phase ?? '' },
    ageColumn,
  ]),
  ConfigMap: columnsFor<ConfigMap>([
    nameColumn,
    { name: 'Data', type: 'integer', cell: ({ data, binaryData }) => size(data) + size(binaryData) },
    ageColumn,
  ]),
  Secret: columnsFor<Secret>([
    nameColumn,
    { name: 'Type', cell: ({ type }) => type ?? '' },
    { name: 'Data', type: 'integer', cell: ({ data }) => size(data) },
    ageColumn,
  ]),
  ServiceAccount: columnsFor<ServiceAccount>([
    nameColumn,
    { name: 'Secrets', type: 'integer', cell: ({ secrets }) => secrets?.length ?? 0 },
    ageColumn,
  ]),
  Lease: columnsFor<Lease>([
    nameColumn,
    { name: 'Holder', cell: ({ spec }) => spec?.holderIdentity ?? '' },
    ageColumn,
  ]),
  Role: columnsFor<KubeObject>([nameColumn, createdAt]),
  ClusterRole: columnsFor<KubeObject>([nameColumn, createdAt]),
  RoleBinding: bindingColumns,
  ClusterRoleBinding: bindingColumns,
  NetworkPolicy: columnsFor<KubeObject & { spec?: { podSelector?: LabelSelector } }>([
    nameColumn,
    { name: 'Pod-Selector', cell: ({ spec }) => selectorCell(spec?.podSelector) },
    ageColumn,
  ]),
  PodDisruptionBudget: columnsFor<PodDisruptionBudget>([
    nameColumn,
    { name: 'Min Available', cell: ({ spec }) => allowed(spec?.minAvailable) },
    { name: 'Max Unavailable', cell: ({ spec }) => allowed(spec?.maxUnavailable) },
    { name: 'Allowed Disruptions', type: 'integer', cell: ({ status }) => status?.disruptionsAllowed ?? 0 },
    ageColumn,
  ]),
  ControllerRevision: columnsFor<KubeObject & { revision: number }>([
    nameColumn,
    {
      name: 'Controller',
      cell: (object) => {
        const owner = controllerOf(object)
        return owner === undefined
          ? '<none>'
          : `${owner.kind.toLowerCase()}.${owner.apiVersion.split('/')[0] ?? ''}/${owner.name}`
      },
    },
    { name: 'Revision', type: 'integer', cell: ({ revision }) => revision },
    ageColumn,
  ]),
} as const
