import type { faultRooms } from '../../../model/lab/fault.ts'
import type { KernelFault } from '../fault.ts'
import { toDns } from './flows.ts'

/** The chain by which kube-proxy spreads what is asked of the cluster's DNS by UDP, and the chains of its endpoints. */
const chains = `
service=$(iptables -w 5 -t nat -S KUBE-SERVICES | sed -n 's/.*kube-dns:dns cluster IP.* -j \\(KUBE-SVC-[A-Z0-9]*\\)$/\\1/p')
[ "$service" ] || fail 'the cluster has no DNS service'
endpoints=$(iptables -w 5 -t nat -S "$service" | sed -n 's/.* -j \\(KUBE-SEP-[A-Z0-9]*\\)$/\\1/p')
[ "$endpoints" ] || fail 'the cluster has no DNS endpoints'
`

/** kube-proxy's own lines, not as kube-proxy wrote them: it looks at a service's lines again when that service changes. */
export const nodeServicesFaults: {
  readonly [Code in (typeof faultRooms)['node-services'][number]]: KernelFault
} = {
  'services-jump-missing': {
    at: 'node',
    pod: 'any',
    trial: toDns,
    script: "take nat PREROUTING '-j KUBE-SERVICES'",
  },
  'service-chain-empty': {
    at: 'node',
    pod: 'any',
    trial: toDns,
    script: `${chains}
for endpoint in $endpoints; do take nat "$service" "-j $endpoint"; done
`,
  },
  'endpoint-jump-missing': {
    at: 'node',
    pod: 'any',
    trial: { ...toDns, with: ['--protocol', 'dns', '--count', '10'] },
    shows: 'sometimes-lost',
    script: `${chains}
for endpoint in $endpoints; do last=$endpoint; done
[ "$last" != "$endpoints" ] || fail 'the cluster has one DNS endpoint alone'
take nat "$service" "-j $last"
`,
  },
  'endpoint-wrong-port': {
    at: 'node',
    pod: 'any',
    trial: toDns,
    script: `${chains}
for endpoint in $endpoints; do change nat "$endpoint" '-j DNAT' 's/:53$/:5353/'; done
`,
  },
  'endpoint-address-stale': {
    at: 'node',
    pod: 'any',
    trial: toDns,
    script: `${chains}
for endpoint in $endpoints; do change nat "$endpoint" '-j DNAT' "s/--to-destination [0-9.]*/--to-destination $nobody/"; done
`,
  },
}
