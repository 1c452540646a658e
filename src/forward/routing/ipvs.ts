import type { Ip } from '../../model/address/address.ts'
import { TCP, UDP } from '../../model/packet/packet.ts'
import type { NetworkStack } from '../../model/stack/stack.ts'
import type { Run } from '../compiled/fabric.ts'
import { stop } from '../netfilter/stop.ts'

/** kube-proxy in IPVS mode gives it the address of every Service (pkg/proxy/ipvs/proxier.go, defaultDummyDevice). */
const serviceInterface = 'kube-ipvs0'

const SCTP = 132

/** The addresses of which IPVS takes packets that would stay here, each with its line; null: IPVS does nothing here. */
export function virtualAddressesOf(stack: NetworkStack): ReadonlyMap<Ip, string> | null {
  const link = stack.links.find(({ name }) => name === serviceInterface)
  return link ? new Map(link.addresses.map(({ address, line }) => [address, line])) : null
}

/**
 * After the filter table IPVS gives a packet for a Service to one of its endpoints (net/netfilter/ipvs/ip_vs_core.c,
 * ip_vs_remote_request4 in LOCAL_IN). Which, its own table tells, and that is not read. True: the run stops here.
 */
export function takenByIpvs(run: Run): boolean {
  const { packet, stack } = run
  const line = stack.virtualAddresses?.get(packet.dst)
  if (line === undefined || ![TCP, UDP, SCTP].includes(packet.protocol)) return false
  stop(run, 'unknown', 'service', line, 'IPVS hands on what goes to this address, and its table is not read')
  return true
}
