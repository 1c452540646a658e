import type { Endpoints, EndpointSlice, Service } from '../../objects/service.ts'
import { ageColumn, columnsFor, nameColumn } from './column.ts'

/** A list of which no more than so many are shown: `a,b,c + 2 more...`. */
const shortened = (all: readonly string[], most: number): string =>
  all.length === 0
    ? '<none>'
    : all.length > most
      ? `${all.slice(0, most).join(',')} + ${String(all.length - most)} more...`
      : all.join(',')

function externalIps({ spec, status }: Service): string {
  const own = spec.externalIPs ?? []
  const balancers = (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip ?? hostname ?? '')
  switch (spec.type) {
    case 'LoadBalancer': {
      const all = [...balancers, ...own]
      return all.length > 0 ? all.join(',') : '<pending>'
    }
    case 'ExternalName':
      return spec.externalName ?? ''
    default:
      return own.length > 0 ? own.join(',') : '<none>'
  }
}

function endpointsCell({ subsets = [] }: Endpoints): string {
  const all = subsets.flatMap(({ addresses = [], ports = [] }) =>
    ports.length === 0
      ? addresses.map(({ ip }) => ip)
      : ports.flatMap(({ port }) => addresses.map(({ ip }) => `${ip}:${String(port)}`)),
  )
  return shortened(all, 3)
}

export const serviceColumns = {
  Service: columnsFor<Service>([
    nameColumn,
    { name: 'Type', cell: ({ spec }) => spec.type ?? 'ClusterIP' },
    { name: 'Cluster-IP', cell: ({ spec }) => spec.clusterIP ?? '<none>' },
    { name: 'External-IP', cell: externalIps },
    {
      name: 'Port(s)',
      cell: ({ spec }) =>
        (spec.ports ?? [])
          .map(
            ({ port, nodePort, protocol = 'TCP' }) =>
              `${String(port)}${nodePort === undefined || nodePort === 0 ? '' : `:${String(nodePort)}`}/${protocol}`,
          )
          .join(',') || '<none>',
    },
    ageColumn,
    {
      name: 'Selector',
      wide: true,
      cell: ({ spec }) =>
        Object.entries(spec.selector ?? {})
          .map(([key, value]) => `${key}=${value}`)
          .sort()
          .join(',') || '<none>',
    },
  ]),
  Endpoints: columnsFor<Endpoints>([nameColumn, { name: 'Endpoints', cell: endpointsCell }, ageColumn]),
  EndpointSlice: columnsFor<EndpointSlice>([
    nameColumn,
    { name: 'AddressType', cell: ({ addressType }) => addressType },
    {
      name: 'Ports',
      cell: ({ ports }) =>
        ports === undefined || ports.length === 0
          ? '<unset>'
          : shortened(
              ports.map(({ port }) => (port === undefined ? '*' : String(port))),
              3,
            ),
    },
    {
      name: 'Endpoints',
      cell: ({ endpoints }) => {
        const all = endpoints.flatMap(({ addresses }) => addresses)
        return all.length === 0 ? '<unset>' : shortened(all, 3)
      },
    },
    ageColumn,
  ]),
} as const
