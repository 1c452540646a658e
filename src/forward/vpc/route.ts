import { isIp4, type Ip } from '../../model/address/address.ts'
import { contains, prefixFamily } from '../../model/address/prefix.ts'
import type { UnresolvedVpcRoute, VpcRoute, VpcRouteTable, VpcRouteTarget } from '../../model/vpc/vpc.ts'
import { isPrivate } from './special-address.ts'

/** A route table, longest prefixes first; among equal ones as EC2 prefers them. */
export interface CompiledRoutes {
  readonly id: string
  readonly routes: readonly VpcRoute[]
  readonly unresolved: readonly UnresolvedVpcRoute[]
}

export type RouteLookup =
  | { readonly kind: 'route'; readonly route: VpcRoute }
  /** `line` says which table has nothing for the address. */
  | { readonly kind: 'none'; readonly line: string }
  /** The line that might apply, and why nobody can tell. */
  | { readonly kind: 'unknown'; readonly line: string; readonly because: string }

/**
 * Among routes of equal length: local, static, an entry of a prefix list, learned.
 * https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html
 */
const rank = (route: VpcRoute): number => {
  if (route.target.kind === 'local') return 0
  if (route.propagated === true || route.advertised === true) return 3
  return route.prefixList === undefined ? 1 : 2
}

export const compileRoutes = (table: VpcRouteTable): CompiledRoutes => ({
  id: table.id,
  routes: table.routes.toSorted((a, b) => b.destination.length - a.destination.length || rank(a) - rank(b)),
  unresolved: table.unresolved ?? [],
})

const sameTarget = (a: VpcRouteTarget, b: VpcRouteTarget): boolean =>
  a.kind === b.kind && (a.kind === 'local' || b.kind === 'local' || a.id === b.id)

const sameWay = (a: VpcRoute, b: VpcRoute): boolean => sameTarget(a.target, b.target) && a.state === b.state

/** The longest prefix wins; blackholes are routes too. */
export function lookupVpcRoute(table: CompiledRoutes, to: Ip): RouteLookup {
  const first = table.routes.findIndex((route) => contains(route.destination, to))
  const local = table.routes.find(
    ({ target, destination }) => target.kind === 'local' && contains(destination, to),
  )
  const longest = table.routes[first]
  // Before what a virtual private gateway learned the local route comes, be it shorter (Site-to-Site VPN user guide, "Route
  // tables and VPN route priority").
  const best = longest?.propagated === true && local !== undefined ? local : longest
  const open = table.unresolved.find((route) => couldDecide(route, best, to))
  if (open !== undefined) return { kind: 'unknown', line: open.line, because: open.because }
  if (best === undefined) return { kind: 'none', line: `${table.id}: no route matches` }
  if (best.advertised === true && local !== undefined)
    return {
      kind: 'unknown',
      line: best.line,
      because: `whether EC2 prefers ${local.line} to what a route server says is not known`,
    }
  const rival =
    best === longest ? table.routes.slice(first + 1).find((one) => isRival(one, best, to)) : undefined
  if (rival !== undefined)
    return {
      kind: 'unknown',
      line: best.line,
      because: `${rival.line} has the same destination, and EC2 does not tell which it prefers`,
    }
  return { kind: 'route', route: best }
}

/** EC2 picks one, and does not say which: of two prefix lists with the same entry, of two routes that it has learned. */
const isRival = (other: VpcRoute, best: VpcRoute, to: Ip): boolean =>
  other.destination.length === best.destination.length &&
  rank(other) === rank(best) &&
  contains(other.destination, to) &&
  !sameWay(other, best)

/** Could a route of which something is not known change where this address goes? */
function couldDecide(open: UnresolvedVpcRoute, best: VpcRoute | undefined, to: Ip): boolean {
  const { destination, prefixList, target, state } = open
  if (destination !== null && (prefixFamily(destination) === 4) !== isIp4(to)) return false
  if (destination !== null && !contains(destination, to)) return false
  // Gateway endpoints route public addresses of Amazon S3 and DynamoDB, never private ones.
  if (prefixList !== null && target?.kind === 'vpc-endpoint' && isPrivate(to)) return false
  if (best === undefined) return true
  if (destination !== null && destination.length < best.destination.length) return false
  if (prefixList !== null && best.destination.length === (isIp4(to) ? 32 : 128)) return false
  return !(target !== null && sameTarget(target, best.target) && state === best.state)
}
