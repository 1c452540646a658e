/** Takes a route for the packet of a run, and notes why. */
import { formatIp, type Ip } from '../../model/address/address.ts'
import type { Refusal } from '../../model/path/path.ts'
import type { CompiledHop, CompiledLink, CompiledRoute, Run } from '../compiled/fabric.ts'
import type { Found } from './lookup.ts'
import { stop } from '../netfilter/stop.ts'

export interface Taken {
  readonly route: CompiledRoute
  readonly hop: CompiledHop | undefined
}

const silent = 'dropped, and its sender is not told'
const prohibited = 'the sender gets "communication administratively prohibited"'

/** A rule answers ENETUNREACH (fib4_rule_action) where a route of the type says EHOSTUNREACH. */
const refusals: Readonly<Record<Refusal, string>> = {
  'no-route': 'there is no route; the sender gets "network unreachable"',
  'rule-blackhole': silent,
  'rule-unreachable': 'the sender gets "network unreachable"',
  'rule-prohibit': prohibited,
  blackhole: silent,
  unreachable: 'the sender gets "host unreachable"',
  prohibit: prohibited,
}

/** `src`: what the choice among next hops depends on. `loud`: an ICMP error would be sent (a router's own check: forwarding is on where the packet came in). */
export function take(run: Run, found: Found, dst: Ip, loud: boolean, src: Ip = run.packet.src): Taken | null {
  const { recorder } = run
  if (found.kind === 'unknown') {
    stop(run, 'unknown', found.stage, found.by, found.because)
    return null
  }
  if (found.kind === 'refused') {
    const { refusal } = found
    const said = refusals[refusal]
    const effect = loud || said === silent ? said : `there is no way on; ${silent}`
    stop(run, 'dropped', found.stage, found.by, `${formatIp(dst)}: ${effect}`, refusal)
    return null
  }
  const { route, usable, rule } = found
  const { type } = route.route
  if (type !== 'unicast' && type !== 'local') {
    stop(run, 'unknown', 'route', route.route.line, `${type} packets are not modelled`)
    return null
  }
  const index = usable.length > 1 ? run.pickHop(route, usable, src, dst) : (usable[0] ?? 0)
  const hop = route.hops[index]
  if (recorder) {
    recorder.decide(
      'rule',
      rule.line,
      rule.action.kind === 'lookup' ? `lookup ${rule.action.table}` : 'matches',
    )
    recorder.decide('route', route.route.line, type === 'local' ? 'for this stack' : way(hop))
  }
  return { route, hop }
}

function way(hop: CompiledHop | undefined): string {
  if (!hop) return 'leads nowhere'
  const via = hop.via === null ? '' : `via ${formatIp(hop.via)} `
  return `${via}dev ${hop.device ?? 'unknown'}`
}

/** The device of a unicast route; says so where it is not among the stack's interfaces. */
export function deviceOf(run: Run, taken: Taken): CompiledLink | null {
  const link = taken.hop?.link ?? null
  if (link === null)
    stop(
      run,
      'unknown',
      'route',
      taken.route.route.line,
      `the interface ${taken.hop?.device ?? ''} was not read`,
    )
  return link
}
