/** What a trace sends. */
import { ClusterError } from '../cluster/api/cluster-error.ts'
import type { ProbeRequest } from '../cluster/probe/command.ts'
import { given } from '../edge/given.ts'
import { offered } from '../endpoints/ends.ts'
import type { Resolved } from '../endpoints/resolve.ts'
import { ownPort, type Offering } from '../endpoints/service-port.ts'
import type { ProbeProtocol } from '../model/result/result.ts'

/** As the user asks for it. */
export interface ProbeWish {
  /** Without one: what the service speaks, a ping to anybody else. */
  readonly protocol?: ProbeProtocol
  /** Without one: the service's, or the usual one. */
  readonly port?: number
  readonly count: number
  /** Milliseconds to wait for each answer. */
  readonly timeoutMs: number
  /** Octets of a ping's payload. */
  readonly size?: number
}

/** As it is sent. */
export interface TraceProbe {
  readonly protocol: ProbeProtocol
  /** Undefined: of a ping. */
  readonly port: number | undefined
  /** What the sender's node is asked for. */
  readonly request: ProbeRequest
  /** What the probe and ICMP's complaints about it look like to tcpdump. */
  readonly filter: string
}

const filters: Readonly<Record<ProbeProtocol, string>> = {
  icmp: 'icmp',
  tcp: 'tcp or icmp',
  http: 'tcp or icmp',
  udp: 'udp or icmp',
  dns: 'udp or tcp port 53 or icmp',
}

const usualPorts: Readonly<Partial<Record<ProbeProtocol, number>>> = { tcp: 80, http: 80, dns: 53 }

/** Throws a ClusterError where a service has several ports and neither port nor protocol is named. */
export function probeOf(wish: ProbeWish, to: Resolved): TraceProbe {
  const { count, timeoutMs, size } = wish
  const protocol = wish.protocol ?? spokenBy({ endpoint: to.endpoint, ...offered(to) }, wish.port)
  const port =
    protocol === 'icmp'
      ? undefined
      : (wish.port ?? (to.kind === 'service' ? to.port : null) ?? usualPorts[protocol])
  return {
    protocol,
    port,
    filter: filters[protocol],
    request: {
      protocol,
      target: to.kind === 'host' ? to.endpoint.name : to.endpoint.address,
      count,
      timeoutMs,
      ...given({ port, size }),
      ...(protocol === 'dns' ? { name: 'kubernetes.default.svc.cluster.local' } : {}),
    },
  }
}

function spokenBy(to: Offering, asked: number | undefined): ProbeProtocol {
  const port = ownPort(to, asked)
  switch (port?.protocol) {
    case undefined:
      return 'icmp'
    case 'TCP':
      return 'tcp'
    case 'UDP':
      // A question for a name is answered, where a datagram that means nothing is not.
      return port?.port === 53 || port?.name === 'dns' ? 'dns' : 'udp'
    default:
      throw new ClusterError(
        'bad-endpoint',
        `${to.endpoint.name} speaks ${port?.protocol ?? ''}, which no trace sends: podpath explain predicts it`,
      )
  }
}
