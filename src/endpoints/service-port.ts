import { ClusterError } from '../cluster/api/cluster-error.ts'
import type { ServiceFacts } from '../kubernetes/facts.ts'
import { ICMP, parseProtocol } from '../model/packet/packet.ts'

/** A port that a service offers; its protocol as Kubernetes writes it: TCP, UDP, SCTP. */
export type ServicePort = ServiceFacts['ports'][number]

/** Who is sent to, and what it offers where it is a service. */
export interface Offering {
  readonly endpoint: { readonly name: string }
  /** Of a service, where one was given or it has only one. */
  readonly port: number | null
  /** The ports that are meant: the one that was given, or all of a service; none of anybody else. */
  readonly offers: readonly ServicePort[]
}

/**
 * The port by whose protocol a service is asked where the user names none. Null: it is no service, or does not offer that. Throws
 * a ClusterError where it offers several and none is chosen: a service's address answers nothing but its ports (kubernetes.io,
 * "Virtual IPs and Service Proxies").
 *
 * @param asked the port that the user names besides
 */
export function ownPort({ endpoint, offers }: Offering, asked: number | undefined): ServicePort | null {
  if (asked !== undefined) return offers.find(({ port }) => port === asked) ?? null
  const [first, ...others] = offers
  if (first === undefined || others.length === 0) return first ?? null
  const each = offers.map(
    ({ name, port, protocol }) => `${port} (${protocol.toLowerCase()}${name === '' ? '' : `, ${name}`})`,
  )
  throw new ClusterError(
    'bad-endpoint',
    `service ${endpoint.name} has several ports: name one, as svc/${endpoint.name}:${first.port}, or a protocol; it has ${each.join(', ')}`,
  )
}

/** IANA number of the same; ICMP where that is null. Throws a ClusterError. */
export function ownProtocol(to: Offering, asked: number | undefined): number {
  const port = ownPort(to, asked)
  return (port === null ? undefined : parseProtocol(port.protocol)) ?? ICMP
}
