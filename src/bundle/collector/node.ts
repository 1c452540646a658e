/** One archive of the EKS log collector → a node's stack, the pods on it, and what nobody collected. */
import { basename } from 'node:path'
import { readIfconfig } from '../../linux/ip/ifconfig.ts'
import { impliedLinks } from '../../linux/ip/implied-links.ts'
import { readRoutesText } from '../../linux/ip/route.ts'
import { readRulesText } from '../../linux/ip/rule.ts'
import { faultOfSave, hasOthersTable } from '../../linux/netfilter/iptables-save-fault.ts'
import { readIptablesSave } from '../../linux/netfilter/iptables-save.ts'
import { readSysctls } from '../../linux/ip/sysctl.ts'
import { sysctlNumber } from '../../model/stack/sysctl.ts'
import type { Gap } from '../../model/result/result.ts'
import { nodeStack } from '../../model/stack/stack-id.ts'
import { BundleError } from '../bundle.ts'
import { derivedNft } from './derived-nft.ts'
import { podsOf, uplinksOf, type DescribedNode } from '../derived/node-surroundings.ts'
import { readEniIds, readPodNames } from './pod-names.ts'
import type { CollectorArchive } from './read-archive.ts'

/** What of the archive is which file of a stack (see docs/bundle.md). */
const places: Readonly<Record<string, string>> = {
  'networking/iprule.txt': 'rule.txt',
  'networking/ip6rule.txt': 'rule6.txt',
  'networking/iproute.txt': 'route.txt',
  'networking/ip6route.txt': 'route6.txt',
  'networking/iptables-save.txt': 'iptables-save.txt',
  'networking/ip6tables-save.txt': 'ip6tables-save.txt',
  'networking/conntrack.txt': 'conntrack.txt',
  'sysctls/sysctl_all.txt': 'sysctl.txt',
}

/** Throws a BundleError `bad-file` where routes, rules or interfaces are not what their commands print. */
export function nodeOf({ path, files, listed }: CollectorArchive): DescribedNode {
  const shown = basename(path)
  const text = (name: string): string => files.get(name) ?? ''
  const sound = <T>(
    name: string,
    read: { readonly value: readonly T[]; readonly problems: readonly string[] },
  ) => {
    const [problem] = read.problems
    if (problem !== undefined) throw new BundleError('bad-file', `${shown}:${name}`, problem)
    return read.value
  }
  const routes = sound('networking/iproute.txt', readRoutesText(text('networking/iproute.txt'), null))
  if (routes.length === 0)
    throw new BundleError(
      'bad-file',
      `${shown}:networking/iproute.txt`,
      'line 1: no route: nothing can be predicted without',
    )
  sound('networking/iprule.txt', readRulesText(text('networking/iprule.txt'), 4))
  const ifconfig = text('networking/ifconfig.txt')
  const shownLinks = ifconfig.trim() === '' ? null : sound('networking/ifconfig.txt', readIfconfig(ifconfig))
  const sysctlText = text('sysctls/sysctl_all.txt')
  const sysctls = sysctlText === '' ? null : readSysctls(sysctlText)
  const { links } = impliedLinks(shownLinks, routes, sysctls)
  const id = nodeStack(nodeName(files, shown))
  const stack = new Map<string, string>([['ifconfig.txt', ifconfig.trim() === '' ? '' : ifconfig]])
  for (const [from, to] of Object.entries(places)) if (text(from).trim() !== '') stack.set(to, text(from))
  const gaps: Gap[] = []
  for (const program of ['iptables', 'ip6tables']) {
    const lack = listingsLack(program, files, listed)
    if (lack) gaps.push({ at: id, ...lack })
  }
  stack.set('ipset-save.txt', savedSets(text('networking/ipset.txt')))
  const saved = text('networking/iptables-save.txt')
  // What iptables-save could not tell all of is no ground to derive from.
  const nft =
    faultOfSave(saved) === null && !hasOthersTable(saved)
      ? derivedNft(readIptablesSave(saved, 4).value)
      : null
  if (nft) {
    stack.set('nft.json', nft.json)
    gaps.push({ at: id, what: 'nft list ruleset', because: `not collected; ${nft.because}` })
  }
  const { names, problems } = readPodNames(files)
  gaps.push(...problems.map(({ file, because }) => ({ at: id, what: file, because })))
  const uplinks = uplinksOf(routes, links, readEniIds(files))
  const ttl = (sysctls && sysctlNumber(sysctls, 'net.ipv4.ip_default_ttl')) ?? null
  return { id, files: stack, pods: podsOf({ routes, links, uplinks, names, ttl }), uplinks, gaps }
}

/** Where iptables-save is missing, but the listings that the collector makes for people are there. */
const listingsLack = (
  program: string,
  files: ReadonlyMap<string, string>,
  listed: readonly string[],
): Omit<Gap, 'at'> | null => {
  const shown = listed.filter((name) => name.startsWith(`networking/${program}-`))
  if (shown.length === 0 || (files.get(`networking/${program}-save.txt`) ?? '').trim() !== '') return null
  return {
    what: shown.join(', '),
    because: `listings are for people, and rules cannot be read back from them; that needs networking/${program}-save.txt`,
  }
}

/** `Linux HOSTNAME 5.10…`: on EKS the node has its host's name. Else the instance's id, else the archive's name. */
function nodeName(files: ReadonlyMap<string, string>, archive: string): string {
  const host = files.get('kernel/uname.txt')?.split(/\s+/)[1] ?? ''
  if (/^[A-Za-z0-9]([A-Za-z0-9.-]{0,252})$/.test(host)) return host
  const instance = /i-[0-9a-f]{8,17}/.exec(files.get('system/instance-id.txt') ?? archive)?.[0]
  return instance ?? archive.replace(/\.tar\.gz$|\.tgz$/, '').replace(/[^A-Za-z0-9._-]/g, '_')
}

/** ipset.txt holds `ipset --list` and then `ipset --save`; only the latter is wanted. */
const savedSets = (text: string): string =>
  text
    .split('\n')
    .filter((line) => line.startsWith('create ') || line.startsWith('add '))
    .map((line) => `${line}\n`)
    .join('')
