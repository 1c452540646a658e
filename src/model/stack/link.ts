import type { Ip } from '../address/address.ts'

/** One address of one interface, as `ip addr` shows it. */
export interface LinkAddress {
  readonly address: Ip
  /** Prefix length in bits of the address's own subnet (of the peer's, on a point-to-point address). */
  readonly length: number
  /** The far end of a point-to-point address. */
  readonly peer: Ip | null
  readonly broadcast: Ip | null
  /** `global`, `link`, `host`, or what rt_scopes calls it. */
  readonly scope: string
  /** `secondary`, `tentative`, `deprecated`, `dynamic`, … */
  readonly flags: readonly string[]
  /** `inet 192.168.1.138/24 brd 192.168.1.255 scope global eth0` */
  readonly line: string
}

/** One network interface of a stack. */
export interface Link {
  readonly index: number
  readonly name: string
  /** `veth`, `bridge`, `vlan`, … as `ip -details link` names it; null for a plain device. */
  readonly kind: string | null
  /** `loopback`, `ether`, … */
  readonly type: string
  /** `UP`, `LOWER_UP`, `NO-CARRIER`, `NOARP`, `PROMISC`, … */
  readonly flags: readonly string[]
  /** `UP`, `DOWN`, `LOWERLAYERDOWN`, `UNKNOWN`, … */
  readonly state: string
  /** Octets of the largest IP packet. */
  readonly mtu: number
  /** Lower case, colons; null where the device has none. */
  readonly mac: string | null
  /** The bridge, bond or VRF that it is a port of. */
  readonly master: string | null
  readonly group: string
  readonly addresses: readonly LinkAddress[]
  /** The XDP program on it, as `ip -details link` shows it; absent: none. */
  readonly xdp?: string
  /** The first line of `ip link`. */
  readonly line: string
}

/** IFF_UP: somebody set it up. */
export const isUp = (link: Link): boolean => link.flags.includes('UP')

/**
 * It has a carrier: what leaves it has somewhere to go. LOWER_UP is the carrier itself; NO-CARRIER and the state
 * follow it a moment later (net/core/link_watch.c).
 */
export const hasCarrier = (link: Link): boolean =>
  link.flags.includes('LOWER_UP') ||
  (!link.flags.includes('NO-CARRIER') && link.state !== 'DOWN' && link.state !== 'LOWERLAYERDOWN')
