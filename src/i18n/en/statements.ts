import { internetSources } from '../facts/internet-sources.ts'
import type { Statements } from '../facts/statement-facts.ts'

/** `main table`, or `table 2`. */
const table = (name: string): string => (name === 'main' ? 'its main table' : `table ${name}`)

const nodeRoute: Statements['pod-to-pod.5'] = ({
  node,
  destination,
  way,
  gateway,
  interface: out,
  ...route
}) => {
  const by = out === null ? '' : ` dev ${out}`
  return way === 'subnet'
    ? `Node ${node} consults the routes of its host network namespace (${table(route.table)}): ${destination} is in the subnet${by}, so no gateway is needed`
    : `Node ${node} consults the routes of its host network namespace (${table(route.table)}): ${destination} is unknown there too, so it takes the default route${gateway === null ? '' : ` via ${gateway}${by}`} to the VPC router`
}

const times = ['never', 'once', 'twice', 'three times']

export const statements: Statements = {
  'pod-to-pod.1': ({ fromPod, fromNode, toPod, toNode }) =>
    `Nodes ${fromNode} and ${toNode} are up; pods ${fromPod} and ${toPod} stand on them, each in a pod network namespace of its own`,
  'pod-to-pod.2': ({ pod, source, destination }) =>
    `Pod ${pod} makes a packet with source ${source} and destination ${destination}`,
  'pod-to-pod.3': ({ pod, destination }) =>
    `The pod network namespace of ${pod} consults its own routes for ${destination}`,
  'pod-to-pod.4': ({ destination, gateway, interface: out }) =>
    `The pod does not know ${destination}, so it takes its default route: via ${gateway} dev ${out}`,
  'pod-to-pod.4a': ({ gateway }) =>
    `The link-local address ${gateway} is a permanent neighbour with the MAC of the virtual interface on the node`,
  'pod-to-pod.4b': ({ podInterface, hostInterface, node }) =>
    `The packet leaves the pod by ${podInterface} and enters node ${node} by the paired virtual interface${hostInterface === null ? '' : ` ${hostInterface}`}`,
  'pod-to-pod.5': nodeRoute,
  'pod-to-pod.5a': ({ node, interface: out }) =>
    `The packet leaves node ${node} by its ENI${out === null ? '' : ` ${out}`} with its addresses unchanged: inside the VPC there is no SNAT`,
  'pod-to-pod.6': ({ destination, node }) =>
    `The VPC router knows ${destination} and hands the packet to the ENI of node ${node}`,
  'pod-to-pod.6a': ({ ttl }) =>
    `The VPC router does not count as a hop: the TTL stays ${ttl === null ? 'as it was' : ttl}`,
  'pod-to-pod.7': ({ node, destination, interface: out }) =>
    `Node ${node} has a route for ${destination} alone, to the virtual interface${out === null ? '' : ` ${out}`} of the pod`,
  'pod-to-pod.7a': ({ pod }) => `The packet arrives at eth0 of pod ${pod}`,
  'pod-to-pod.7b': ({ source, destination }) =>
    `At every capture point it is the same packet, from ${source} to ${destination}: nothing is rewritten on the way`,
  'pod-to-pod.7c': ({ ttl, nodes }) =>
    `The reply comes back by the same path; ${nodes} nodes forward it${ttl === null ? '' : `, so its TTL ends at ${ttl}`}`,
  'pod-to-internet.1': ({ pod, source, destination, name }) =>
    `Pod ${pod} makes a packet with source ${source} and the address of ${name} as destination: ${destination}`,
  'pod-to-internet.2': ({ node, gateway, interface: out }) =>
    `The pod network namespace hands it to node ${node} by its default route: via ${gateway} dev ${out}`,
  'pod-to-internet.3': nodeRoute,
  'pod-to-internet.4': ({ node, destination, externalSnat }) =>
    externalSnat
      ? `aws-node leaves SNAT to a NAT gateway (AWS_VPC_K8S_CNI_EXTERNALSNAT=true): in the NAT table of node ${node} no rule applies to ${destination}, and AWS-SNAT-CHAIN is empty`
      : `In the NAT table of node ${node}, AWS-SNAT-CHAIN finds ${destination} outside the VPC, so its SNAT rule applies`,
  'pod-to-internet.4a': ({ podAddress, nodeAddress, externalSnat }) =>
    externalSnat
      ? `The packet leaves the node with the pod's own address as source: ${podAddress}`
      : `The packet leaves the node with the node's address as source: ${podAddress} becomes ${nodeAddress ?? 'the address of the node'}`,
  'pod-to-internet.5': ({ destination, natGateway }) =>
    natGateway === null
      ? `The VPC router sends the packet for ${destination} on to the internet gateway`
      : `The node's subnet is private: the VPC router sends the packet for ${destination} on to the NAT gateway ${natGateway}, and what comes from there to the internet gateway`,
  'pod-to-internet.5a': ({ podAddress, nodeAddress, publicAddress, natGateway, externalSnat }) => {
    const source = externalSnat ? podAddress : (nodeAddress ?? 'the address of the node')
    const shown = publicAddress ?? 'its public address'
    return natGateway === null
      ? `The internet gateway rewrites the source once more: ${source} becomes ${shown}`
      : `The gateways rewrite the source twice${externalSnat ? '' : ' more'}: ${source} becomes the NAT gateway's ${natGateway}, and that becomes ${shown}`
  },
  'pod-to-internet.6': (facts) => {
    const sources = internetSources(facts, { node: 'node', publicAddress: 'public address' })
    return `SNAT happens exactly ${times[sources.length - 1] ?? ''}: ${sources.join(' → ')}`
  },
  'pod-to-internet.6a': ({ podAddress, natGateway, externalSnat }) =>
    natGateway === null
      ? `Both are undone for the reply, in the opposite order: the gateway first, then the node gives it back to ${podAddress}`
      : externalSnat
        ? `Both are undone for the reply, in the opposite order: the internet gateway first, then the NAT gateway, and the node gets it for ${podAddress}`
        : `All are undone for the reply, in the opposite order: the internet gateway first, then the NAT gateway, then the node gives it back to ${podAddress}`,
  'pod-to-internet.6b': ({ ttl, nodes }) =>
    `Only ${nodes === 1 ? 'one node counts' : `${nodes} nodes count`} as a hop for the reply inside the VPC${ttl === null ? '' : `: the pod sees it with TTL ${ttl}`}`,
  'public-address.1': ({ pod, node }) =>
    `Pod ${pod} and its node ${node} have the same public address on the internet`,
  'public-address.2': ({ node, address, natGateway }) =>
    `It is the public address of ${natGateway === null ? `node ${node}` : `the NAT gateway ${natGateway}`}${address === null ? '' : `: ${address}`}`,
}
