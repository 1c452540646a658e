import { isIp4, type Ip } from '../../model/address/address.ts'
import { contains } from '../../model/address/prefix.ts'
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
 * Among routes of equal length: local, then static, then one learned from a virtual private gateway.
 * https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html
 */
const rank = (route: VpcRoute): number =>
  route.target.kind === 'local' ? 0 : route.propagated === true ? 2 : 1

export const compileRoutes = (table: VpcRouteTable): CompiledRoutes => ({
  id: table.id,
  routes: table.routes.toSorted((a, b) => b.destination.length - a.destination.length || rank(a) - rank(b)),
  unresolved: table.unresolved ?? [],
})

const sameTarget = (a: VpcRouteTarget, b: VpcRouteTarget): boolean =>
  a.kind === b.kind && (a.kind === 'local' || b.kind === 'local' || a.id === b.id)

/** The longest prefix wins; blackholes are routes too. */
export function lookupVpcRoute(table: CompiledRoutes, to: Ip): RouteLookup {
  const index = table.routes.findIndex((route) => contains(route.destination, to))
  const best = table.routes[index]
  const open = table.unresolved.find((route) => couldDecide(route, best, to))
  if (open !== undefined)
    return {
      kind: 'unknown',
      line: open.line,
      because: `the entries of ${open.prefixList} are not recorded`,
    }
  if (best === undefined) return { kind: 'none', line: `${table.id}: no route matches` }
  const rival = table.routes[index + 1]
  // Two prefix lists with the same entry and different targets: EC2 picks one, and does not say which.
  if (
    best.prefixList !== undefined &&
    rival?.prefixList !== undefined &&
    rival.destination.length === best.destination.length &&
    rank(rival) === rank(best) &&
    contains(rival.destination, to) &&
    !sameTarget(rival.target, best.target)
  )
    return {
      kind: 'unknown',
      line: best.line,
      because: `${rival.line} has the same destination, and EC2 does not tell which it prefers`,
    }
  return { kind: 'route', route: best }
}

/** Could a prefix list that nobody could read hold a route for this address that changes where it goes? */
function couldDecide(open: UnresolvedVpcRoute, best: VpcRoute | undefined, to: Ip): boolean {
  // Gateway endpoints route public addresses of Amazon S3 and DynamoDB, never private ones.
  if (open.target.kind === 'vpc-endpoint' && isPrivate(to)) return false
  if (best === undefined) return true
  if (best.destination.length === (isIp4(to) ? 32 : 128)) return false
  return !(sameTarget(open.target, best.target) && open.state === best.state)
}
