import type { Bundle } from '../bundle/bundle.ts'
import { readStack } from '../linux/stack.ts'
import { formatIp, isIp4 } from '../model/address.ts'
import type { Endpoint } from '../model/result.ts'
import { stackKind, stackName, type StackId } from '../model/stack-id.ts'

/** A stack of a bundle as one end of a flow: its name, and the first address that it would use. */
export function endpointOfStack(id: StackId, bundle: Bundle): Endpoint {
  const directory = bundle.index.stacks.find((stack) => stack.id === id)?.dir
  const files = new Map(
    [...bundle.files].flatMap(([path, text]) =>
      directory !== undefined && path.startsWith(`${directory}/`)
        ? [[path.slice(directory.length + 1), text] as const]
        : [],
    ),
  )
  const { stack } = readStack(id, files)
  const address = stack.links
    .filter((link) => link.type !== 'loopback')
    .flatMap((link) => link.addresses)
    .find((one) => isIp4(one.address))?.address
  const kind = stackKind(id)
  return {
    kind: kind === 'pod' || kind === 'node' ? kind : 'address',
    name: stackName(id),
    address: address === undefined ? '' : formatIp(address),
    ...(kind === 'node' ? { node: stackName(id) } : {}),
  }
}
