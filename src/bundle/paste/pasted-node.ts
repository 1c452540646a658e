/** A node of which somebody pasted what some commands printed → its stack, and what the CNI and the kubelet would have written of the rest. */
import { deviceName } from '../../intent/vpc-cni/ami.ts'
import type { Gap } from '../../model/result/result.ts'
import { formatIp4, isIp4, type Ip4 } from '../../model/address/address.ts'
import { contains, networkOf } from '../../model/address/prefix.ts'
import type { Link } from '../../model/stack/link.ts'
import { nodeStack } from '../../model/stack/stack-id.ts'
import { interfaceSysctl, sysctlNumber } from '../../model/stack/sysctl.ts'
import { readStack } from '../../linux/stack.ts'
import { readLinkText } from '../../linux/text/link-text.ts'
import { tableBehind } from '../../linux/text/iptables-text.ts'
import { BundleError } from '../bundle.ts'
import { derivedNft } from '../collector/derived-nft.ts'
import type { PodName } from '../derived/derived-pod.ts'
import { podsOf, uplinksOf, type DescribedNode } from '../derived/node-surroundings.ts'
import { podsOfPiece } from './pods.ts'
import { recognise, type Piece } from './recognise.ts'

/** A file that somebody gave for a node. */
export interface PastedFile {
  readonly path: string
  readonly text: string
}

/** A part of a file, and why nothing was made of it. */
interface Unused {
  readonly path: string
  readonly lines: readonly [number, number]
  readonly because: string
}

const places: Readonly<Partial<Record<Piece['kind'], string>>> = {
  neighbour: 'neigh.txt',
  arp: 'arp.txt',
  'kernel-table': 'route-n.txt',
  nft: 'nft.txt',
  ipset: 'ipset-save.txt',
  sysctl: 'sysctl.txt',
  conntrack: 'conntrack.txt',
  'brief-link': 'addr-brief.txt',
  ifconfig: 'ifconfig.txt',
}

/** Throws a BundleError `bad-file` where no routes are among the files: nothing can be predicted without. */
export function pastedNode(name: string, given: readonly PastedFile[]): DescribedNode {
  const id = nodeStack(name)
  const files = new Map<string, string>()
  const unused: Unused[] = []
  const names = new Map<string, PodName>()
  const linkTexts: string[] = []
  for (const { path, text } of given)
    for (const piece of recognise(text, path.split('/').at(-1) ?? path)) {
      const skip = (because: string): void => {
        unused.push({ path, lines: piece.lines, because })
      }
      if (piece.kind === 'link') linkTexts.push(piece.text)
      else if (piece.kind === 'pods-wide' || piece.kind === 'pods-object') {
        const told = podsOfPiece(piece)
        for (const [address, pod] of told.names) names.set(address, pod)
        if (told.problem !== null) skip(told.problem)
      } else {
        const place = placeOf(piece, files)
        if (place === null) skip(becauseOf(piece))
        else if (files.has(place) && place !== 'sysctl.txt' && place !== 'addr-brief.txt')
          skip(`${place} was given before`)
        else files.set(place, `${files.get(place) ?? ''}${piece.text}`)
      }
    }
  const links = linksOf(linkTexts)
  if (links !== null) {
    files.set('link.json', links.json)
    files.set('addr.json', links.json)
  } else if (!files.has('addr-brief.txt') && !files.has('ifconfig.txt')) files.set('ifconfig.txt', '')
  const gaps: Gap[] = [
    ...unused.map(({ path, lines, because }) => ({
      at: id,
      what: `${path}:${lines[0]}-${lines[1]}`,
      because: `not used: ${because}`,
    })),
    ...(links?.problems ?? []).map((because) => ({ at: id, what: 'ip addr', because })),
  ]
  gaps.push(
    ...derivedFilters(files).map((table) => ({
      at: id,
      what: `iptables -t ${table} -S`,
      because: 'not among the files: taken as the VPC CNI and the kubelet write it',
    })),
  )
  const { stack } = readStack(id, files)
  if (stack.routes.length === 0)
    throw new BundleError(
      'bad-file',
      given.map(({ path }) => path).join(', '),
      'no route among what was recognised (podpath read shows it): nothing can be predicted without `ip route`',
    )
  const uplinks = uplinksOf(stack.routes, stack.links, new Map())
  const ttl = sysctlNumber(stack.sysctls ?? new Map(), 'net.ipv4.ip_default_ttl') ?? null
  const pods = podsOf({ routes: stack.routes, links: stack.links, uplinks, names, ttl })
  for (const [place, lines, because] of [
    derivedRules(
      stack.rules === null,
      uplinks.length,
      pods.map(({ address }) => address),
    ),
    derivedTables(stack),
    derivedSysctls(
      stack.sysctls?.has('net.ipv4.ip_forward') === true,
      stack.links.map(({ name }) => name),
      uplinks[0]?.device,
    ),
  ]) {
    if (lines.length === 0) continue
    files.set(place, `${lines.join('\n')}\n`)
    gaps.push({ at: id, what: place, because })
  }
  if (!files.has('nft.txt') && stack.iptables !== null) {
    const nft = derivedNft(stack.iptables)
    if (nft !== null) {
      files.set('nft.json', nft.json)
      gaps.push({ at: id, what: 'nft list ruleset', because: `not among the files; ${nft.because}` })
    }
  }
  return { id, files, pods, uplinks, gaps }
}

const becauseOf = ({ kind, command }: Piece): string =>
  kind === 'unknown'
    ? command === null
      ? 'not recognised'
      : `podpath reads nothing from \`${command}\``
    : kind === 'route'
      ? 'which table these routes are of is not told: name the table in the file’s name, or paste the command along'
      : 'which table these rules are of is not told'

/** The file of the stack that the piece is; null: it cannot be told. */
function placeOf(piece: Piece, files: ReadonlyMap<string, string>): string | null {
  const six = piece.family === 6 ? '6' : ''
  switch (piece.kind) {
    case 'rule':
      return `rule${six}.txt`
    case 'route': {
      const { table, command } = piece
      if (table === 'all' || /\btable local\b/.test(piece.text)) return `route${six}.txt`
      if (table !== null && table !== 'main') return `route${six}-table-${table}.txt`
      const main = `route${six}.txt`
      return command === null && table === null && files.has(main) ? null : main
    }
    case 'iptables-save':
      return piece.family === 6 ? 'ip6tables-save.txt' : 'iptables-save.txt'
    case 'iptables-rules':
    case 'iptables-list': {
      const table = piece.table ?? tableBehind(piece.text)
      if (table === null || piece.family === 6 || !/^(raw|mangle|nat|filter|security)$/.test(table))
        return null
      return `iptables-${piece.kind === 'iptables-list' ? 'L' : 'S'}-${table}.txt`
    }
    default:
      return places[piece.kind] ?? null
  }
}

/** The longest says most: `ip link` beside `ip addr`. */
function linksOf(
  texts: readonly string[],
): { readonly json: string; readonly problems: readonly string[] } | null {
  const rows = new Map<string, Readonly<Record<string, unknown>>>()
  const problems: string[] = []
  for (const text of texts) {
    const read = readLinkText(text)
    problems.push(...read.problems)
    for (const row of read.value) {
      const name = String(row['ifname'])
      const before = rows.get(name)
      const addresses =
        [before?.['addr_info'], row['addr_info']].find((one) => Array.isArray(one) && one.length > 0) ?? []
      rows.set(name, { ...before, ...row, addr_info: addresses })
    }
  }
  return texts.length === 0 ? null : { json: JSON.stringify([...rows.values()]), problems }
}

type Derived = readonly [place: string, lines: readonly string[], because: string]

/** Which ENI a pod is of stands in the rules alone: with more than one ENI they cannot be derived. */
function derivedRules(missing: boolean, enis: number, pods: readonly Ip4[]): Derived {
  const lines =
    !missing || enis !== 1
      ? []
      : [
          '0:\tfrom all lookup local',
          ...pods.map((address) => `512:\tfrom all to ${formatIp4(address)} lookup main`),
          '1024:\tfrom all fwmark 0x80/0x80 lookup main',
          '32766:\tfrom all lookup main',
          '32767:\tfrom all lookup default',
        ]
  return [
    'derived-rule.txt',
    lines,
    '`ip rule` is not among the files: taken as the VPC CNI writes it on a node with one ENI',
  ]
}

/** The table of a secondary ENI that a rule leads to (see intent/vpc-cni/node.ts). */
function derivedTables({ rules, links, tablesRead }: ReturnType<typeof readStack>['stack']): Derived {
  const wanted = new Set<string>()
  for (const { action } of rules ?? [])
    if (action.kind === 'lookup' && /^\d{1,2}$/.test(action.table) && tablesRead?.has(action.table) === false)
      wanted.add(action.table)
  const byName = new Map(links.map((link) => [link.name, link]))
  const lines = [...wanted].flatMap((table) => {
    const index = Number(table) - 1
    const link = byName.get(deviceName('al2', index)) ?? byName.get(deviceName('al2023', index))
    const gateway = link && gatewayBehind(link)
    return gateway === undefined || gateway === null
      ? []
      : [
          `default via ${gateway} dev ${link?.name ?? ''} table ${table}`,
          `${gateway} dev ${link?.name ?? ''} table ${table} scope link`,
        ]
  })
  return [
    'derived-route.txt',
    lines,
    '`ip route show table N` is not among the files: taken as the VPC CNI writes it',
  ]
}

/** The VPC's router: base + 1 of the subnet of the device's first address. */
function gatewayBehind({ addresses }: Link): string | null {
  const own = addresses.find(({ address, length }) => isIp4(address) && length < 31)
  if (own === undefined) return null
  const base = networkOf(own)
  if (!isIp4(base)) return null
  const gateway = (base + 1) as Ip4
  return contains(own, gateway) ? formatIp4(gateway) : null
}

/** Writing ip_forward sets it for every interface (net/ipv4/devinet.c, inet_forward_change). */
function derivedSysctls(known: boolean, devices: readonly string[], primary: string | undefined): Derived {
  const setting = (device: string, name: string): string => interfaceSysctl(4, device, name)
  const lines = known
    ? []
    : [
        'net.ipv4.ip_forward = 1',
        ...devices.map((device) => `${setting(device, 'forwarding')} = 1`),
        ...(primary === undefined ? [] : [`${setting(primary, 'rp_filter')} = 2`]),
      ]
  return [
    'derived-sysctl.txt',
    lines,
    '`sysctl -a` is not among the files: taken as the node’s image and the VPC CNI set it',
  ]
}

const policies = (...chains: readonly string[]): string =>
  chains.map((chain) => `-P ${chain} ACCEPT\n`).join('')

/**
 * Tables beside one that was listed. The CNI and the kubelet write nothing to raw; to mangle the CNI writes its connection mark,
 * kube-proxy and the kubelet to filter what lets a healthy packet pass. What nat holds depends on the Services: it is not derived.
 */
function derivedFilters(files: Map<string, string>): readonly string[] {
  if (files.has('iptables-save.txt') || ![...files.keys()].some((name) => /^iptables-[SL]-/.test(name)))
    return []
  const texts: Readonly<Record<string, string>> = {
    raw: policies('PREROUTING', 'OUTPUT'),
    mangle: `${policies('PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING')}-A PREROUTING -i eni+ -m comment --comment "AWS, primary ENI" -j CONNMARK --restore-mark --nfmask 0x80 --ctmask 0x80\n`,
    filter: policies('INPUT', 'FORWARD', 'OUTPUT'),
  }
  const missing = Object.keys(texts).filter(
    (table) => !files.has(`iptables-S-${table}.txt`) && !files.has(`iptables-L-${table}.txt`),
  )
  for (const table of missing) files.set(`derived-iptables-${table}.txt`, texts[table] ?? '')
  return missing
}
