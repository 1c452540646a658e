/** The text files of one `stacks/NAME/` directory of a bundle → one network stack. */
import type { Family } from '../model/address/address.ts'
import type { Gap } from '../model/result/result.ts'
import type { Link } from '../model/stack/link.ts'
import { hasCustomRules, type PolicyRule } from '../model/stack/rule.ts'
import type { Route } from '../model/stack/route.ts'
import type { NetworkStack } from '../model/stack/stack.ts'
import type { StackId } from '../model/stack/stack-id.ts'
import { hasInterfaceSysctls, type Sysctls } from '../model/stack/sysctl.ts'
import { readConntrack } from './netfilter/conntrack.ts'
import { readIsOneTable } from './ip/fib-triestat.ts'
import { readIfconfig } from './ip/ifconfig.ts'
import { impliedLinks } from './ip/implied-links.ts'
import { readAddresses, readLinks } from './ip/link.ts'
import { derivedLocalRoutes } from './ip/local-routes.ts'
import { readNeighbours } from './ip/neigh.ts'
import { readRoutesJson, readRoutesText } from './ip/route.ts'
import { readRulesJson, readRulesText } from './ip/rule.ts'
import { readIpsetSave } from './netfilter/ipset-save.ts'
import { faultOfSave, hasOthersTable } from './netfilter/iptables-save-fault.ts'
import { readIptablesSave } from './netfilter/iptables-save.ts'
import { readNft } from './netfilter/nft.ts'
import { readDetours } from './detours.ts'
import type { Reading } from './reading.ts'
import { readSysctls } from './ip/sysctl.ts'

/** File name (`link.json`, `iptables-save.txt`, …) → what is in it. */
export type StackFiles = ReadonlyMap<string, string>

export interface ReadStack {
  readonly stack: NetworkStack
  /** What is missing or could not be read; a missing optional file is named too. */
  readonly gaps: readonly Gap[]
}

/**
 * Reads a stack. Never throws: what cannot be read becomes a gap, and null in the stack.
 * @param isDerived nobody read it: what is known of it is what there is
 */
export function readStack(id: StackId, files: StackFiles, isDerived = false): ReadStack {
  const gaps: Gap[] = []
  // `ip link` is not asked for by the collector, and neither are some others.
  const absent = files.has('ifconfig.txt') ? 'not in the archive' : 'the file is missing'
  const gap = (what: string, because: string): void => {
    gaps.push({ at: id, what, because })
  }
  const take = <T>(
    names: readonly string[],
    read: (text: string, name: string) => Reading<T>,
  ): readonly T[] | null => {
    for (const name of names) {
      const text = files.get(name)
      if (text === undefined) continue
      const { value, problems } = read(text, name)
      for (const problem of problems) gap(name, problem)
      return value
    }
    gap(names[0] ?? '', absent)
    return null
  }
  const rules = (family: Family): readonly PolicyRule[] | null =>
    take(family === 4 ? ['rule.json', 'rule.txt'] : ['rule6.json', 'rule6.txt'], (text, name) =>
      name.endsWith('.json') ? readRulesJson(text, family) : readRulesText(text, family),
    )
  const routes = (family: Family): readonly Route[] | null =>
    take(family === 4 ? ['route.json', 'route.txt'] : ['route6.json', 'route6.txt'], (text, name) =>
      name.endsWith('.json')
        ? readRoutesJson(text, family === 6 ? 6 : null)
        : readRoutesText(text, family === 6 ? 6 : null),
    )
  /** What is no dump, or not all of it, must not read as a stack with fewer rules. */
  const whole = (name: string): boolean => {
    const text = files.get(name) ?? ''
    const fault = faultOfSave(text)
    if (fault) gap(name, `line ${fault.line}: ${fault.message}`)
    const others = hasOthersTable(text) && !files.has('nft.json')
    if (others) gap(name, 'leaves out a table that only nft can tell, and nft.json is missing')
    return fault === null && !others
  }
  const iptables = (family: Family): NetworkStack['iptables'] => {
    const stem = family === 4 ? 'iptables' : 'ip6tables'
    const name = `${stem}-save.txt`
    if (!whole(name)) return null
    const first = take([name], (text) => readIptablesSave(text, family))
    const second = files.get(`${stem}-legacy-save.txt`)
    if (first === null || second === undefined) return first
    if (!whole(`${stem}-legacy-save.txt`)) return null
    const more = readIptablesSave(second, family)
    for (const problem of more.problems) gap(`${stem}-legacy-save.txt`, problem)
    return [...first, ...more.value.filter((set) => !first.some((known) => known.backend === set.backend))]
  }
  const both = routes(4)
  const own6 = routes(6)
  const mixed6 = both?.filter((route) => route.family === 6) ?? []
  const neighbours = take(['neigh.json'], readNeighbours)
  const neighbours6 = files.has('neigh6.json') ? take(['neigh6.json'], readNeighbours) : []
  const proxies = files.has('neigh-proxy.json') ? take(['neigh-proxy.json'], readNeighbours) : []
  const sysctlText = files.get('sysctl.txt')
  if (sysctlText === undefined) gap('sysctl.txt', absent)
  const sysctls = sysctlText === undefined ? null : readSysctls(sysctlText)
  const links = files.has('ifconfig.txt')
    ? shownInterfaces(files.get('ifconfig.txt') ?? '', [...(both ?? []), ...(own6 ?? [])], sysctls, gap)
    : readInterfaces(files, gap)
  const local = both === null ? null : derivedLocalRoutes(links, both)
  if (local !== null)
    gap('ip route show table local', 'not among the routes; derived from the addresses of the interfaces')
  const rules4 = rules(4)
  const routes4 = both?.filter((route) => route.family === 4) ?? []
  const isOneTable =
    rules4 !== null && hasCustomRules(rules4)
      ? false
      : readIsOneTable(files.get('fib_triestat.txt') ?? '', routes4)
  const links = files.has('ifconfig.txt')
    ? shownInterfaces(files.get('ifconfig.txt') ?? '', [...(both ?? []), ...(own6 ?? [])], sysctls, gap)
    : readInterfaces(files, gap)
  if (sysctls !== null && !isDerived) lackingDevices(links, sysctls, gap)
  const detours = readDetours(links, {
    tc: files.get('tc.txt'),
    xfrm: files.get('xfrm-policy.txt'),
    programs: files.get('bpf-programs.json'),
  })
  const stack: NetworkStack = {
    id,
    links,
    rules: rules4,
    rules6: rules(6),
    routes: [...routes4, ...(local ?? [])],
    ...(isOneTable === undefined ? {} : { isOneTable }),
    ...(both === null ? { tablesRead: new Set() } : local === null ? {} : partly(both)),
    routes6: own6 ?? (mixed6.length > 0 ? mixed6 : null),
    neighbours: neighbours === null ? null : [...neighbours, ...(neighbours6 ?? []), ...(proxies ?? [])],
    iptables: iptables(4),
    ip6tables: iptables(6),
    nft: take(['nft.json'], readNft),
    sets: take(['ipset-save.txt'], readIpsetSave),
    sysctls,
    conntrack: take(['conntrack.txt'], readConntrack),
    ...(detours.length === 0 ? {} : { detours }),
  }
  return { stack, gaps }
}

const mostNamed = 8

/** An interface is ruled by settings of its own: those of `all` and `default` do not tell them. */
function lackingDevices(
  links: readonly Link[],
  sysctls: Sysctls,
  gap: (what: string, because: string) => void,
): void {
  const lacking = links.filter(({ name }) => !hasInterfaceSysctls(sysctls, name)).map(({ name }) => name)
  if (lacking.length === 0) return
  const named = lacking.slice(0, mostNamed).join(', ')
  gap('sysctl.txt', `without the lines of ${named}${lacking.length > mostNamed ? ', …' : ''}`)
}

/** Who asked for no table `local` asked for some tables only; the kernel itself never fills `default`. */
const partly = (routes: readonly Route[]): Pick<NetworkStack, 'derivedParts' | 'tablesRead'> => ({
  derivedParts: ['ip route show table local'],
  tablesRead: new Set(['local', 'default', ...routes.map((route) => route.table)]),
})

/** Where nobody asked `ip link` (an archive of the EKS log collector): `ifconfig`, and what routes and sysctls imply. */
function shownInterfaces(
  text: string,
  routes: readonly Route[],
  sysctls: Sysctls | null,
  gap: (what: string, because: string) => void,
): readonly Link[] {
  const shown = text === '' ? null : readIfconfig(text)
  if (shown === null) gap('ifconfig.txt', 'empty: interfaces and addresses are taken from the routes')
  for (const problem of shown?.problems ?? []) gap('ifconfig.txt', problem)
  const { links, unknownMtu } = impliedLinks(shown?.value ?? null, routes, sysctls)
  if (unknownMtu.length > 0)
    gap(
      'ifconfig.txt',
      `the MTU of ${unknownMtu.slice(0, 8).join(', ')} is not known; nothing counts as too long`,
    )
  return links
}

/** Links from link.json, with the addresses of addr.json; either alone will do as far as it goes. */
function readInterfaces(files: StackFiles, gap: (what: string, because: string) => void): readonly Link[] {
  const linkText = files.get('link.json')
  const addressText = files.get('addr.json')
  if (linkText === undefined) gap('link.json', 'the file is missing')
  if (addressText === undefined) gap('addr.json', 'the file is missing')
  const links = readLinks(linkText ?? addressText ?? '')
  for (const problem of links.problems) gap(linkText === undefined ? 'addr.json' : 'link.json', problem)
  if (addressText === undefined || linkText === undefined) return links.value
  const addresses = readAddresses(addressText)
  for (const problem of addresses.problems) gap('addr.json', problem)
  return links.value.map((link) => ({ ...link, addresses: addresses.value.get(link.name) ?? link.addresses }))
}
