/** A route as `ip route show table T` prints it, without the trailing space; to make it, see routeArguments. */
export interface IntendedRoute {
  readonly table: RouteTable
  /** `192.168.1.239 dev eni211a53c4e3b scope link` */
  readonly line: string
}

/**
 * The words after `ip route replace` that make exactly this route. A line that names no scope is of scope global, but
 * for a route without a gateway iproute2 would take link (AL2's `169.254.169.254 dev eth0`).
 */
export const routeArguments = ({ table, line }: IntendedRoute): string =>
  `${line}${/ (scope|via) /.test(line) ? '' : ' scope global'} table ${table}`

export type RouteTable = 'main' | number

/** A policy rule; `line` is what `ip rule` prints after the priority, also valid after `ip rule add pref P`. */
export interface IntendedRule {
  readonly priority: number
  /** `from all to 192.168.1.239 lookup main` */
  readonly line: string
}

/** A kernel parameter in sysctl's dotted spelling; an interface name in it holds no dot. */
export interface Sysctl {
  readonly key: string
  readonly value: string
}

/** What the kernel itself puts into every network namespace. */
const kernelRules: readonly IntendedRule[] = [
  { priority: 0, line: 'from all lookup local' },
  { priority: 32766, line: 'from all lookup main' },
  { priority: 32767, line: 'from all lookup default' },
]

/**
 * Every line of `ip rule`, in its order: by priority, rules of one priority in the order they were added.
 * The kernel's three rules are put in.
 */
export const printRules = (rules: readonly IntendedRule[]): readonly string[] =>
  [...kernelRules, ...rules]
    .toSorted((a, b) => a.priority - b.priority)
    .map(({ priority, line }) => `${priority}:\t${line}`)
