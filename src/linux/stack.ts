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
import { readArp, readNeighbourText } from './text/neigh-text.ts'
import { readBriefLinks } from './text/brief-link.ts'
import { readListing, readRuleSpecs, type ReadTable } from './text/iptables-text.ts'
import { readNftText } from './text/nft-text.ts'
import { readKernelTable } from './text/kernel-table.ts'
import { derivedLine } from './derived-line.ts'
import type { NftTable } from '../model/stack/nft.ts'
import type { Ruleset } from '../model/stack/ruleset.ts'
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
    take(
      family === 4 ? ['rule.json', 'rule.txt', 'derived-rule.txt'] : ['rule6.json', 'rule6.txt'],
      (text, name) =>
        name.endsWith('.json')
          ? readRulesJson(text, family)
          : name.startsWith('derived-')
            ? derivedReading(readRulesText(text, family))
            : readRulesText(text, family),
    )
  const routes = (family: Family): readonly Route[] | null => {
    const names = family === 4 ? ['route.json', 'route.txt', 'route-n.txt'] : ['route6.json', 'route6.txt']
    const pasted = routeTables(files, family, gap)
    if (pasted.length > 0 && !names.some((name) => files.has(name))) return pasted
    const whole = take(names, (text, name) =>
      name === 'route-n.txt'
        ? readKernelTable(text)
        : name.endsWith('.json')
          ? readRoutesJson(text, family === 6 ? 6 : null)
          : readRoutesText(text, family === 6 ? 6 : null),
    )
    return whole && [...whole, ...pasted]
  }
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
    if (!files.has(name) && family === 4) {
      const listed = listedTables(files, gap)
      if (listed !== null) return listed
    }
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
  const neighbours = take(['neigh.json', 'neigh.txt', 'arp.txt'], (text, name) =>
    name === 'arp.txt'
      ? readArp(text)
      : name === 'neigh.txt'
        ? readNeighbourText(text)
        : readNeighbours(text),
  )
  const neighbours6 = files.has('neigh6.json') ? take(['neigh6.json'], readNeighbours) : []
  const proxies = files.has('neigh-proxy.json') ? take(['neigh-proxy.json'], readNeighbours) : []
  const sysctlText = files.get('sysctl.txt')
  const derivedSysctls = files.get('derived-sysctl.txt')
  if (sysctlText === undefined) gap('sysctl.txt', absent)
  const sysctls =
    sysctlText === undefined && derivedSysctls === undefined
      ? null
      : new Map([...readSysctls(derivedSysctls ?? ''), ...readSysctls(sysctlText ?? '')])
  const links = files.has('ifconfig.txt')
    ? shownInterfaces(files.get('ifconfig.txt') ?? '', [...(both ?? []), ...(own6 ?? [])], sysctls, gap)
    : files.has('addr-brief.txt') && !files.has('link.json')
      ? (take(['addr-brief.txt'], readBriefLinks) ?? [])
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
    routes: [
      ...routes4,
      ...(local ?? []),
      ...derivedReading(readRoutesText(files.get('derived-route.txt') ?? '', 4)).value,
    ],
    ...(isOneTable === undefined ? {} : { isOneTable }),
    ...(both === null
      ? { tablesRead: new Set() }
      : local === null
        ? {}
        : { tablesRead: tablesIn(both, files) }),
    ...derivedPartsOf(files, local !== null),
    ...filtersUnread(files),
    routes6: own6 ?? (mixed6.length > 0 ? mixed6 : null),
    neighbours: neighbours === null ? null : [...neighbours, ...(neighbours6 ?? []), ...(proxies ?? [])],
    iptables: iptables(4),
    ip6tables: iptables(6),
    nft: take(['nft.json', 'nft.txt'], (text, name) =>
      name === 'nft.txt' ? wholeOrNone(readNftText(text)) : readNft(text),
    ),
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
const tablesIn = (routes: readonly Route[], files: StackFiles): ReadonlySet<string> =>
  new Set([
    'local',
    'default',
    ...routes.map((route) => route.table),
    ...[...files.keys()].flatMap((name) => tableFile.exec(name)?.[2] ?? []),
    ...readRoutesText(files.get('derived-route.txt') ?? '', 4).value.map((route) => route.table),
  ])

const tableFile = /^route(6?)-table-(\w+)\.txt$/

/** `ip route show table N` does not repeat the table's name on its lines. */
function routeTables(
  files: StackFiles,
  family: Family,
  gap: (what: string, because: string) => void,
): readonly Route[] {
  const found: Route[] = []
  for (const [name, text] of files) {
    const match = tableFile.exec(name)
    if (!match || (match[1] === '6') !== (family === 6)) continue
    const { value, problems } = readRoutesText(text, family)
    for (const problem of problems) gap(name, problem)
    found.push(...value.map((route) => ({ ...route, table: match[2] ?? 'main' })))
  }
  return found
}

const derivedReading = <T extends { readonly line: string }>({
  value,
  problems,
}: Reading<T>): Reading<T> => ({
  value: value.map((item) => ({ ...item, line: derivedLine(item.line) })),
  problems,
})

/** The commands in whose place something was derived. */
function derivedPartsOf(files: StackFiles, local: boolean): Pick<NetworkStack, 'derivedParts'> {
  const derivedParts = [
    ...(local ? ['ip route show table local'] : []),
    ...(files.has('derived-rule.txt') ? ['ip rule'] : []),
    ...(files.has('derived-route.txt') ? ['ip route show table N'] : []),
    ...(files.has('derived-sysctl.txt') ? ['sysctl -a'] : []),
    ...filterTables
      .filter((table) => files.has(`derived-iptables-${table}.txt`))
      .map((table) => `iptables -t ${table} -S`),
  ]
  return derivedParts.length === 0 ? {} : { derivedParts }
}

/** What was cut or not understood may have been a rule of any hook: a chain that nobody understands stands for it. */
function wholeOrNone({ value, problems }: Reading<NftTable>): Reading<NftTable> {
  if (problems.length === 0) return { value, problems }
  const doubt = ['prerouting', 'input', 'forward', 'output', 'postrouting'].map((hook) => ({
    name: hook,
    base: { type: 'filter', hook, priority: 0, policy: 'accept' },
    rules: [
      {
        handle: 0,
        expressions: [{ 'not understood': problems[0] ?? '' }],
        counter: null,
        line: 'nft list ruleset',
      },
    ],
  }))
  return {
    value: [...value, { family: 'inet', name: 'not-read', handle: 0, chains: doubt, sets: [] }],
    problems,
  }
}

const filterTables = ['raw', 'mangle', 'nat', 'filter'] as const

/** One table each of `iptables -S` or `-L`; null: none is there. A table that could not be read whole is one that was not read. */
function listedTables(
  files: StackFiles,
  gap: (what: string, because: string) => void,
): readonly Ruleset[] | null {
  const tables = [...filterTables, 'security'].flatMap((table) => {
    const read = listedTable(files, table)
    for (const problem of read?.problems ?? []) gap(`iptables -t ${table}`, problem)
    return read?.value ?? []
  })
  // Neither tells which backend printed it: where that matters, it may be nf_tables.
  return tables.length === 0 ? null : [{ family: 4, backend: 'nft', tables }]
}

function listedTable(files: StackFiles, table: string): ReadTable | null {
  const specs = files.get(`iptables-S-${table}.txt`)
  if (specs !== undefined) return readRuleSpecs(specs, table)
  const list = files.get(`iptables-L-${table}.txt`)
  if (list !== undefined) return readListing(list, table)
  const derived = files.get(`derived-iptables-${table}.txt`)
  const read = derived === undefined ? null : readRuleSpecs(derived, table)
  if (read?.value == null) return read
  const chains = read.value.chains.map((chain) => ({
    ...chain,
    line: derivedLine(chain.line),
    rules: chain.rules.map((rule) => ({ ...rule, line: derivedLine(rule.line) })),
  }))
  return { ...read, value: { ...read.value, chains } }
}

/** nat is always used on a node; raw and mangle hold nothing on one that nobody changed but the CNI's marks. */
function filtersUnread(files: StackFiles): Pick<NetworkStack, 'filtersUnread'> {
  if (files.has('iptables-save.txt') || ![...files.keys()].some((name) => /^iptables-[SL]-/.test(name)))
    return {}
  const unread = filterTables.filter((table) => (listedTable(files, table)?.value ?? null) === null)
  return unread.length === 0 ? {} : { filtersUnread: unread }
}

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
