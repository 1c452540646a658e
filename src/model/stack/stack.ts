import type { ConntrackEntry } from './conntrack.ts'
import type { Detour } from './detour.ts'
import type { IpSet } from './ipset.ts'
import type { Link } from './link.ts'
import type { Neighbour } from './neighbour.ts'
import type { NftTable } from './nft.ts'
import type { Route } from './route.ts'
import type { PolicyRule } from './rule.ts'
import type { Ruleset } from './ruleset.ts'
import type { StackId } from './stack-id.ts'
import type { Sysctls } from './sysctl.ts'

/**
 * One network namespace, as its own tools printed it. Null means "was not read", which is not the same
 * as empty: what depends on it cannot be decided.
 */
export interface NetworkStack {
  readonly id: StackId
  readonly links: readonly Link[]
  /** IPv4, in the kernel's order. */
  readonly rules: readonly PolicyRule[] | null
  readonly rules6: readonly PolicyRule[] | null
  readonly routes: readonly Route[]
  /**
   * IPv4's tables `local` and `main` are one: so they begin, until a rule is added, which may have been taken away again. Absent: not
   * known, where there are the kernel's own rules alone.
   */
  readonly isOneTable?: boolean
  /** Null: IPv6 routes were not read. */
  readonly routes6: readonly Route[] | null
  readonly neighbours: readonly Neighbour[] | null
  /** IPv4 iptables, one for each backend that printed something. */
  readonly iptables: readonly Ruleset[] | null
  readonly ip6tables: readonly Ruleset[] | null
  readonly nft: readonly NftTable[] | null
  readonly sets: readonly IpSet[] | null
  readonly sysctls: Sysctls | null
  readonly conntrack: readonly ConntrackEntry[] | null
  /** What takes packets out of the ways that are told above. Absent: none that anybody read. */
  readonly detours?: readonly Detour[]
  /** It was not read but derived from how such a stack is made: why. Absent: its own tools printed it. */
  readonly derived?: string
  /**
   * Commands that nobody ran here: what they would print was put in as the VPC CNI and the kubelet write it, and each of its
   * lines says so. What is lost after that is not surely lost.
   */
  readonly derivedParts?: readonly string[]
  /** The IPv4 routing tables that were read; absent: all that there are. */
  readonly tablesRead?: ReadonlySet<string>
  /** Tables of IPv4 iptables that were not read, beside others that were. */
  readonly filtersUnread?: readonly string[]
}
