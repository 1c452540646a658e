import type { KubeEvent } from '../../objects/configuration.ts'
import { columnsFor, since } from './column.ts'

/** The real server prints events so wide that a terminal shows the first five columns alone. */
export const eventColumns = columnsFor<KubeEvent>([
  {
    name: 'Last Seen',
    cell: ({ lastTimestamp, eventTime, series, firstTimestamp }, now) =>
      since(series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? firstTimestamp, now),
  },
  { name: 'Type', cell: ({ type }) => type ?? '' },
  { name: 'Reason', cell: ({ reason }) => reason ?? '' },
  {
    name: 'Object',
    cell: ({ involvedObject: { kind, name } }) =>
      (name ?? '') === '' ? (kind ?? '').toLowerCase() : `${(kind ?? '').toLowerCase()}/${name ?? ''}`,
  },
  { name: 'Subobject', wide: true, cell: ({ involvedObject }) => involvedObject.fieldPath ?? '' },
  {
    name: 'Source',
    wide: true,
    cell: ({ source, reportingComponent, reportingInstance }) =>
      [source?.component ?? reportingComponent, source?.host ?? reportingInstance]
        .filter((part) => part !== undefined && part !== '')
        .join(', '),
  },
  { name: 'Message', cell: ({ message }) => (message ?? '').trim() },
  {
    name: 'First Seen',
    wide: true,
    cell: ({ firstTimestamp, eventTime }, now) => since(firstTimestamp ?? eventTime, now),
  },
  { name: 'Count', wide: true, type: 'integer', cell: ({ count, series }) => series?.count ?? count ?? 1 },
  { name: 'Name', wide: true, cell: ({ metadata }) => metadata.name },
])
