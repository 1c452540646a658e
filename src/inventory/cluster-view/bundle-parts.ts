import type { Bundle } from '../../bundle/bundle.ts'
import { recordedList } from '../../bundle/recorded-list.ts'
import { formatIp } from '../../model/address/address.ts'
import type { Fabric } from '../../model/fabric/fabric.ts'
import { stackKind, stackName } from '../../model/stack/stack-id.ts'
import type { ReadBundle } from '../read-bundle.ts'
import type { ClusterParts } from './cluster-view.ts'

/** The nodes' routes to single hosts: the CNI writes one for each pod. */
export const podRoutes = ({ stacks }: Fabric): ReadonlyMap<string, string> =>
  new Map(
    stacks
      .filter(({ id }) => stackKind(id) === 'node')
      .flatMap(({ id, routes }) =>
        routes
          .filter((route) => route.table === 'main' && route.destination.length === 32)
          .map((route) => [`${stackName(id)} ${formatIp(route.destination.address)}`, route.line] as const),
      ),
  )

/** What a recorded snapshot tells of the cluster. */
export const bundleParts = (bundle: Bundle, { fabric, gaps }: ReadBundle): ClusterParts => ({
  nodes: recordedList(bundle, 'nodes'),
  pods: recordedList(bundle, 'pods'),
  services: recordedList(bundle, 'services'),
  endpointSlices: recordedList(bundle, 'endpointslices'),
  deployments: recordedList(bundle, 'deployments'),
  vpc: fabric.vpc,
  askingEc2: false,
  wires: fabric.wires,
  podRoutes: podRoutes(fabric),
  gaps,
})
