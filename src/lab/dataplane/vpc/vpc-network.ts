import { formatPrefix } from '../../../model/address/prefix.ts'
import type { Eni, Vpc } from '../../../model/vpc/vpc.ts'
import type { Topology } from '../../plan/topology.ts'
import { openNetwork, type NetworkNamespace } from '../network-namespace.ts'
import type { ShellSession } from '../shell-session.ts'
import { metadataAddress, metadataRuleset } from './metadata-ruleset.ts'
import { gatewayLink, internetGatewayRuleset, routerBase, routerPolicy, routerWire } from './router.ts'
import { gatewayWire, serviceWire, wireName } from './router-ruleset.ts'

/** Octets: jumbo frames inside the VPC, Ethernet's own at the internet gateway. */
const mtu = { inside: 9001, internet: 1500 } as const

const mac = {
  gateway: '0e:00:00:00:64:02',
  router: '0e:00:00:00:64:01',
  services: '0e:00:00:00:00:02',
  gatewayOutside: '0e:00:00:00:c6:01',
  internet: '0e:00:00:00:c6:02',
} as const

/** Addresses that AWS itself answers in every VPC; security groups do not apply to them. */
const serviceAddresses = (topology: Topology): readonly string[] => [topology.resolver, metadataAddress]

/** The VPC's own namespaces, live: the router, the internet gateway and the internet. */
export interface VpcNetwork {
  readonly vpc: () => Vpc
  readonly internet: NetworkNamespace
  /** Wires an ENI to a stack: a veth pair whose far end becomes `device` in a process's namespace, or in that of a file. */
  attach(eni: Eni, device: string, namespace: number | string): Promise<void>
  detach(eniId: string): Promise<void>
  /** Replaces what is not wires: security groups, ACLs, route tables, attributes. */
  change(next: Vpc): Promise<void>
  close(): void
}

export interface VpcNetworkOptions {
  readonly topology: Topology
  /** Enters the guests' user namespace. */
  readonly guest: readonly [string, ...string[]]
  /** A shell in the daemon's own namespace: where AWS's services live, and the hand that makes wires. */
  readonly daemon: ShellSession
}

export async function createVpcNetwork(options: VpcNetworkOptions): Promise<VpcNetwork> {
  const { topology, guest, daemon } = options
  const [router, gateway, internet] = await Promise.all([
    openNetwork('vpc', guest),
    openNetwork('internet gateway', guest),
    openNetwork('internet', guest),
  ])
  const services = serviceAddresses(topology)
  const names = Object.values(topology.internet.names)

  let vpc: Vpc = { ...topology.vpc, interfaces: [] }
  await Promise.all([
    router.apply(routerBase(vpc)),
    gateway.apply([
      {
        kind: 'sysctl',
        why: 'the gateway forwards',
        values: [
          ['net.ipv4.ip_forward', '1'],
          ['net.ipv4.conf.all.send_redirects', '0'],
          ['net.ipv6.conf.all.disable_ipv6', '1'],
          ['net.ipv6.conf.default.disable_ipv6', '1'],
        ],
      },
      {
        kind: 'iptables-restore',
        why: 'the gateway is no hop',
        backend: 'legacy',
        family: 4,
        text: '*mangle\n-A PREROUTING -j TTL --ttl-inc 1\nCOMMIT\n',
      },
    ]),
    internet.apply([
      {
        kind: 'sysctl',
        why: 'the internet is one host here',
        values: [
          ['net.ipv6.conf.all.disable_ipv6', '1'],
          ['net.ipv6.conf.default.disable_ipv6', '1'],
        ],
      },
    ]),
  ])
  await daemon.apply([
    {
      kind: 'ip',
      why: 'the wires of the VPC’s edge',
      lines: [
        `link add name ${gatewayWire} netns ${router.file} mtu ${mtu.internet} address ${mac.router} type veth peer name vpc mtu ${mtu.internet} address ${mac.gateway} netns ${gateway.file}`,
        `link add name internet netns ${gateway.file} mtu ${mtu.internet} address ${mac.gatewayOutside} type veth peer name eth0 mtu ${mtu.internet} address ${mac.internet} netns ${internet.file}`,
        `link add name ${serviceWire} netns ${router.file} mtu ${mtu.inside} address ${mac.router} type veth peer name vpc mtu ${mtu.inside} address ${mac.services}`,
        ...services.map((address) => `addr add ${address}/32 dev lo`),
        'link set vpc up',
        'neigh replace 169.254.100.1 lladdr 0e:00:00:00:64:01 dev vpc nud permanent',
        `route replace ${prefixText(vpc)} via 169.254.100.1 dev vpc onlink src ${topology.resolver}`,
      ],
    },
  ])
  await Promise.all([
    router.apply([
      {
        kind: 'ip',
        why: 'the router’s edge',
        lines: [
          `link set ${gatewayWire} up`,
          `link set ${serviceWire} up`,
          ...gatewayLink(mac.gateway, { mac: mac.services, addresses: services }),
        ],
      },
    ]),
    gateway.apply([
      {
        kind: 'ip',
        why: 'the gateway’s two sides',
        lines: [
          'link set lo up',
          'link set vpc up',
          'link set internet up',
          'neigh replace 169.254.100.1 lladdr 0e:00:00:00:64:01 dev vpc nud permanent',
          `route replace ${prefixText(vpc)} via 169.254.100.1 dev vpc onlink`,
          ...names.map(
            (address) => `neigh replace ${address} lladdr ${mac.internet} dev internet nud permanent`,
          ),
          ...names.map((address) => `route replace ${address}/32 dev internet`),
          // What the internet does not have goes nowhere, as it would after many hops.
          'route replace blackhole default',
        ],
      },
    ]),
    internet.apply([
      {
        kind: 'ip',
        why: 'the hosts of the internet',
        lines: [
          'link set lo up',
          'link set eth0 up',
          ...names.map((address) => `addr add ${address}/32 dev eth0`),
          `neigh replace 169.254.100.5 lladdr ${mac.gatewayOutside} dev eth0 nud permanent`,
          'route replace default via 169.254.100.5 dev eth0 onlink',
        ],
      },
    ]),
  ])

  const wired = new Set<string>()
  let policy: Promise<void> = Promise.resolve()
  let pending = false
  /** Changes that come together are loaded together: each load replaces the whole table. */
  const reload = (): Promise<void> => {
    if (pending) return policy
    pending = true
    policy = policy
      .catch(() => undefined)
      .then(async () => {
        pending = false
        const now = { ...vpc, interfaces: vpc.interfaces.filter((eni) => wired.has(eni.id)) }
        await Promise.all([
          router.apply(routerPolicy(now)),
          gateway.apply([{ kind: 'nft', why: 'public addresses', text: internetGatewayRuleset(now) }]),
          daemon.apply([{ kind: 'nft', why: 'hop limits of metadata', text: metadataRuleset(now) }]),
        ])
      })
    return policy
  }

  return {
    vpc: () => vpc,
    internet,
    async attach(eni, device, namespace) {
      const wire = wireName(eni.id)
      vpc = { ...vpc, interfaces: [...vpc.interfaces.filter((one) => one.id !== eni.id), eni] }
      await daemon.apply([
        {
          kind: 'ip',
          why: `the wire of ${eni.id}`,
          lines: [
            `link add name ${wire} netns ${router.file} mtu ${mtu.inside} type veth peer name ${device} mtu ${mtu.inside} address ${eni.mac} netns ${namespace}`,
          ],
        },
      ])
      wired.add(eni.id)
      await router.apply([
        {
          kind: 'sysctl',
          why: 'the router answers at once for every address it knows',
          values: [[`net.ipv4.neigh.${wire}.proxy_delay`, '0']],
        },
        { kind: 'ip', why: `the addresses of ${eni.id}`, lines: [`link set ${wire} up`, ...routerWire(eni)] },
      ])
      await reload()
    },
    async detach(eniId) {
      wired.delete(eniId)
      vpc = { ...vpc, interfaces: vpc.interfaces.filter((eni) => eni.id !== eniId) }
      await router.apply([
        { kind: 'ip', why: `the wire of ${eniId}`, lines: [`link del ${wireName(eniId)}`], force: true },
      ])
      await reload()
    },
    async change(next) {
      vpc = next
      await reload()
    },
    close() {
      for (const shell of [router, gateway, internet]) shell.close()
    },
  }
}

const prefixText = (vpc: Vpc): string => {
  const first = vpc.prefixes[0]
  if (!first) throw new Error('a VPC has a prefix')
  return formatPrefix(first)
}
