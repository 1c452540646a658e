import type { Bundle } from '../../bundle/bundle.ts'
import { listAt } from '../../edge/fields.ts'
import { jsonValue } from '../../edge/json.ts'
import { formatIp } from '../../model/address/address.ts'
import type { Fabric } from '../../model/fabric/fabric.ts'
import { stackKind, stackName } from '../../model/stack/stack-id.ts'
import type { ReadBundle } from '../read-bundle.ts'
import type { ClusterParts } from './cluster-view.ts'

/** The items of one of a bundle's Kubernetes lists; none where it was not recorded or cannot be read. */
export function bundleList(bundle: Bundle, name: string): readonly unknown[] {
  const text = bundle.files.get(`kubernetes/${name}.json`)
  // What cannot be read is among the gaps that reading the bundle has named.
  return text === undefined ? [] : listAt(jsonValue(text), 'items')
}

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
  nodes: bundleList(bundle, 'nodes'),
  pods: bundleList(bundle, 'pods'),
  services: bundleList(bundle, 'services'),
  endpointSlices: bundleList(bundle, 'endpointslices'),
  deployments: bundleList(bundle, 'deployments'),
  vpc: fabric.vpc,
  askingEc2: false,
  wires: fabric.wires,
  podRoutes: podRoutes(fabric),
  gaps,
})
