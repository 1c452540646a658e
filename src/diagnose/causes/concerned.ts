/** The stacks that a flow visits, or should visit. */
import { parseIp, type Ip } from '../../model/address/address.ts'
import type { CompiledFabric } from '../../forward/compiled/fabric.ts'
import type { Flow, PredictedPath } from '../../forward/walk/predict.ts'
import type { Fabric } from '../../model/fabric/fabric.ts'
import { stackKind, type StackId } from '../../model/stack/stack-id.ts'

/** The stack that has the address; null: none that was read. */
export function ownerOf({ stacks }: Fabric, address: Ip): StackId | null {
  // A node may hold an address that is its pod's (a stray one): the pod is asked first.
  const owners = stacks.filter(({ links }) =>
    links.some(({ addresses }) => addresses.some((one) => one.address === address)),
  )
  return (owners.find(({ id }) => stackKind(id) === 'pod') ?? owners[0])?.id ?? null
}

/** Every stack on any of the paths, both ends, and the nodes that these are wired to. */
export function concernedBy(
  { fabric }: CompiledFabric,
  flow: Flow,
  paths: readonly PredictedPath[],
): ReadonlySet<StackId> {
  const owner = ownerOf(fabric, flow.to)
  const visited = new Set<StackId>([flow.from, ...(owner === null ? [] : [owner])])
  const addressed = new Set<string>()
  for (const predicted of paths) {
    const { forward, reply } = predicted.path()
    for (const { stack, packetIn, packetOut } of [...forward, ...reply]) {
      visited.add(stack)
      // A packet that never came to its receiver was meant for it all the same.
      for (const packet of [packetIn, packetOut]) if (packet) addressed.add(packet.dst)
    }
  }
  for (const text of addressed) {
    const address = parseIp(text)
    const meant = address === undefined ? null : ownerOf(fabric, address)
    if (meant !== null) visited.add(meant)
  }
  for (const { a, b } of fabric.wires) {
    if (visited.has(a.stack) && stackKind(a.stack) === 'pod') visited.add(b.stack)
    if (visited.has(b.stack) && stackKind(b.stack) === 'pod') visited.add(a.stack)
  }
  return visited
}
