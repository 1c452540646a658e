import type { Family, Ip } from '../address/address.ts'
import type { Prefix } from '../address/prefix.ts'

export type RouteType =
  | 'unicast'
  | 'local'
  | 'broadcast'
  | 'anycast'
  | 'multicast'
  | 'blackhole'
  | 'unreachable'
  | 'prohibit'
  | 'throw'
  | 'nat'
  | 'xresolve'
  /** It stands in the table, but what it does is not known to the model (an encapsulation, an unknown type). */
  | 'not-understood'

export interface NextHop {
  /** The gateway; null: the destination itself is on the link. May be of the other family (`via inet6`). */
  readonly via: Ip | null
  readonly device: string | null
  /** Share of the flows among the next hops of one route, 1..256. */
  readonly weight: number
  /** `onlink`, `dead`, `linkdown`, `pervasive` */
  readonly flags: readonly string[]
}

/** One route of one table. */
export interface Route {
  readonly family: Family
  readonly type: RouteType
  readonly destination: Prefix
  /** As iproute2 names it: `main`, `local`, `default`, `2`, `10001`. */
  readonly table: string
  /** `kernel`, `dhcp`, `static`; `boot` where iproute2 leaves it out. */
  readonly protocol: string
  readonly scope: string
  /** The source that packets of this stack's own get, unless they have one. */
  readonly source: Ip | null
  readonly metric: number
  /** The eight bits of the TOS field that it is for; 0 is every one. */
  readonly tos: number
  readonly mtu: number | null
  /** IPv6: the router preference, `low`, `medium` or `high`. */
  readonly preference: string | null
  /** IPv6: only packets from here. */
  readonly from: Prefix | null
  /** More than one: multipath. None: a type that forwards nowhere. */
  readonly nextHops: readonly NextHop[]
  /** As `ip route show table all` prints it, in one line. */
  readonly line: string
}
