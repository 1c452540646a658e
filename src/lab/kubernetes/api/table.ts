import type { KubeObject } from '../objects/meta.ts'
import type { Resource } from '../resources.ts'
import { ageColumn, type Column } from './columns/column.ts'
import { configurationColumns } from './columns/configuration.ts'
import { eventColumns } from './columns/event.ts'
import { nodeColumns } from './columns/node.ts'
import { podColumns } from './columns/pod.ts'
import { shownColumns } from './columns/shown.ts'
import { serviceColumns } from './columns/service.ts'
import { workloadColumns } from './columns/workload.ts'
import { encode } from './respond.ts'

const columnsByKind: Readonly<Record<string, readonly Column[]>> = {
  Pod: podColumns,
  Node: nodeColumns,
  Event: eventColumns,
  ...workloadColumns,
  ...serviceColumns,
  ...configurationColumns,
  ...shownColumns,
}

const nameColumn: Column = {
  name: 'Name',
  cell: ({ metadata }) => metadata.name,
}

/** The columns that `kubectl get` shows of a kind (k8s.io/kubernetes/pkg/printers/internalversion/printers.go). */
const columnsOf = (of: Resource): readonly Column[] =>
  columnsByKind[of.kind] ?? [
    nameColumn,
    { ...ageColumn, name: 'Created At', cell: ({ metadata }) => metadata.creationTimestamp },
  ]

/** A meta.k8s.io/v1 Table. Columns of priority 1 are shown with `-o wide`. */
export function tableOf(
  of: Resource,
  objects: readonly KubeObject[],
  metadata: object,
  now: number,
  includeObject: string | null,
  withColumns: boolean,
): string {
  const columns = columnsOf(of)
  const definitions = columns.map(({ name, type = 'string', wide }) => ({
    name,
    type,
    format: name === 'Name' ? 'name' : '',
    description: '',
    priority: wide === true ? 1 : 0,
  }))
  const rows = objects.map((object) => {
    const cells = JSON.stringify(columns.map(({ cell }) => cell(object, now)))
    return `{"cells":${cells},"object":${rowObject(object, includeObject)}}`
  })
  return `{"kind":"Table","apiVersion":"meta.k8s.io/v1","metadata":${JSON.stringify(metadata)},"columnDefinitions":${withColumns ? JSON.stringify(definitions) : 'null'},"rows":[${rows.join(',')}]}\n`
}

function rowObject(object: KubeObject, include: string | null): string {
  if (include === 'None') return 'null'
  if (include === 'Object') return encode(object)
  return JSON.stringify({
    kind: 'PartialObjectMetadata',
    apiVersion: 'meta.k8s.io/v1',
    metadata: object.metadata,
  })
}
