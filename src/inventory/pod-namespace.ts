import { selects, selectorText } from '../kubernetes/selector.ts'
import type { KubernetesObjects } from '../model/fabric/kubernetes.ts'
import { formatIp, type Ip } from '../model/address/address.ts'
import type { Fabric } from '../model/fabric/fabric.ts'
import { isHostPrefix, type Prefix } from '../model/address/prefix.ts'
import type { NetworkStack } from '../model/stack/stack.ts'
import { nodeStack, podStack, type StackId } from '../model/stack/stack-id.ts'
import type { PodNamespaceView } from '../model/view/tables-view.ts'

/** More lines of a node's iptables than anybody reads; a busy service's pod has some dozens. */
const mostLines = 200

/**
 * A pod's own network namespace, and everything outside it that names the pod: its node's routes, rules and chains, the
 * network policies that select it, the services that lead to it. Null: its stack is not in the fabric.
 */
export function podNamespace(
  fabric: Fabric,
  objects: KubernetesObjects | null,
  pod: { readonly namespace: string; readonly name: string; readonly node: string },
): PodNamespaceView | null {
  const id = podStack(pod.namespace, pod.name)
  const node = nodeStack(pod.node)
  const stack = fabric.stacks.find((one) => one.id === id)
  if (!stack) return null
  const host = fabric.stacks.find((one) => one.id === node)
  const addresses = stack.links
    .filter((link) => link.type !== 'loopback')
    .flatMap((link) => link.addresses.map((one) => one.address))
  const hostDevice = otherEnd(fabric, id, node)
  return {
    stack: id,
    node,
    hostDevice,
    own: {
      addresses: stack.links.flatMap((link) => link.addresses.map((one) => one.line)),
      routes: [...stack.routes, ...(stack.routes6 ?? [])]
        .filter((route) => route.table !== 'local')
        .map((route) => route.line),
      neighbours: (stack.neighbours ?? []).map((neighbour) => neighbour.line),
      rules: (stack.rules ?? []).map((rule) => rule.line),
    },
    ofNode: host ? concerning(host, addresses, hostDevice) : { routes: [], rules: [], iptables: [] },
    policies: policiesOf(objects, pod),
    services: servicesOf(objects, pod),
  }
}

function otherEnd(fabric: Fabric, pod: StackId, node: StackId): string | null {
  for (const { a, b } of fabric.wires) {
    if (a.stack === pod && b.stack === node) return b.interface
    if (b.stack === pod && a.stack === node) return a.interface
  }
  return null
}

const isHost = (prefix: Prefix, of: readonly Ip[]): boolean =>
  of.some((address) => isHostPrefix(prefix, address))

/** The lines of a node that name the pod: by its address, or by the node's end of its veth pair. */
function concerning(
  host: NetworkStack,
  addresses: readonly Ip[],
  device: string | null,
): PodNamespaceView['ofNode'] {
  const texts = addresses.map(formatIp)
  const routes = [...host.routes, ...(host.routes6 ?? [])].filter(
    (route) =>
      isHost(route.destination, addresses) ||
      (device !== null && route.nextHops.some((hop) => hop.device === device)),
  )
  const rules = [...(host.rules ?? []), ...(host.rules6 ?? [])].filter(
    (rule) =>
      (rule.from !== null && isHost(rule.from, addresses)) ||
      (rule.to !== null && isHost(rule.to, addresses)) ||
      (device !== null && (rule.iif === device || rule.oif === device)),
  )
  const iptables = [...(host.iptables ?? []), ...(host.ip6tables ?? [])].flatMap((ruleset) =>
    ruleset.tables.flatMap((table) =>
      table.chains.flatMap((chain) =>
        chain.rules
          .filter((rule) => names(rule.line, texts) || (device !== null && names(rule.line, [device])))
          .map((rule) => ({ table: table.name, line: rule.line })),
      ),
    ),
  )
  return {
    routes: routes.map((route) => route.line),
    rules: rules.map((rule) => rule.line),
    iptables: iptables.slice(0, mostLines),
  }
}

/** Does the line say one of the words, whole? `192.168.1.2` is not in `192.168.1.239`. */
const names = (line: string, words: readonly string[]): boolean =>
  words.some((word) => {
    for (let at = line.indexOf(word); at >= 0; at = line.indexOf(word, at + 1))
      if (!isPart(line[at - 1]) && !isPart(line[at + word.length])) return true
    return false
  })

const isPart = (letter: string | undefined): boolean => letter !== undefined && /[\w.]/.test(letter)

function policiesOf(
  objects: KubernetesObjects | null,
  pod: { readonly namespace: string; readonly name: string },
): PodNamespaceView['policies'] {
  const labels = objects?.pods.find((one) => one.namespace === pod.namespace && one.name === pod.name)?.labels
  if (!objects || labels === undefined) return []
  return objects.networkPolicies
    .filter((policy) => policy.namespace === pod.namespace && selects(policy.podSelector, labels))
    .map((policy) => ({
      name: `${policy.namespace}/${policy.name}`,
      types: policy.types,
      selector: selectorText(policy.podSelector),
    }))
}

function servicesOf(
  objects: KubernetesObjects | null,
  pod: { readonly namespace: string; readonly name: string },
): PodNamespaceView['services'] {
  if (!objects) return []
  return objects.endpointSlices.flatMap((slice) => {
    if (slice.namespace !== pod.namespace) return []
    const endpoint = slice.endpoints.find((one) => one.pod === pod.name)
    if (!endpoint) return []
    const service = objects.services.find(
      (one) => one.namespace === slice.namespace && one.name === slice.service,
    )
    const address = service?.clusterAddresses[0]
    return [
      {
        name: `${slice.namespace}/${slice.service}`,
        address: address === undefined ? '' : formatIp(address),
        ready: endpoint.ready,
      },
    ]
  })
}
