/** What takes packets out of the ways that rules and routes tell of: tc's filters, XDP, IPsec's policies, programs on sockets. */
import type { Link } from '../model/stack/link.ts'
import type { Detour } from '../model/stack/detour.ts'
import { parsePrefix, type Prefix } from '../model/address/prefix.ts'
import { linesOf } from './reading.ts'
import { isRow, readRows, textOf } from './record.ts'

/** The texts of a stack; undefined: nobody asked. */
export interface DetourTexts {
  /** `tc filter show dev DEVICE HOOK`, each line behind `DEVICE HOOK `. */
  readonly tc: string | undefined
  /** `ip xfrm policy` */
  readonly xfrm: string | undefined
  /** `bpftool -j prog show` */
  readonly programs: string | undefined
}

export const readDetours = (
  links: readonly Link[],
  { tc, xfrm, programs }: DetourTexts,
): readonly Detour[] => [
  ...links.flatMap(ofXdp),
  ...readFilters(tc ?? ''),
  ...readPolicies(xfrm ?? ''),
  ...readPrograms(programs ?? ''),
]

const everything = { device: null, from: null, to: null } as const

const ofXdp = ({ name, xdp }: Link): readonly Detour[] =>
  xdp === undefined ? [] : [{ ...everything, kind: 'xdp', device: name, way: 'in', line: `${name}: ${xdp}` }]

/** The programs of the VPC CNI's network policy agent: what they do, the policies tell (aws-ebpf-sdk-go, pkg/tc). */
const ofPolicyAgent = /\bhandle_(?:ingress|egress)\b/

/** One for each device and hook that has filters which are not the policy agent's. */
function readFilters(text: string): readonly Detour[] {
  const found = new Map<string, Detour>()
  for (const line of linesOf(text)) {
    const match = /^(\S{1,64}) (ingress|egress) (filter .*\bhandle .*)$/.exec(line.trimEnd())
    if (!match) continue
    const [, device = '', hook = '', filter = ''] = match
    if (ofPolicyAgent.test(filter)) continue
    const way = hook === 'ingress' ? 'in' : 'out'
    const key = `${device} ${hook}`
    if (!found.has(key))
      found.set(key, { ...everything, kind: 'tc', device, way, line: `dev ${device} ${hook} ${filter}` })
  }
  return [...found.values()]
}

const ways: Readonly<Partial<Record<string, Detour['way']>>> = { in: 'in', out: 'out', fwd: 'forward' }

/** A policy begins with `src A dst B`, and says its direction in the next line (ip/ipxfrm.c). Those of sockets have none. */
function readPolicies(text: string): readonly Detour[] {
  const found: Detour[] = []
  let selector = ''
  for (const line of linesOf(text)) {
    if (line.startsWith('src ')) selector = line.trim()
    const way = ways[/^\s+dir (\w{1,10})\b/.exec(line)?.[1] ?? '']
    if (way === undefined || selector === '') continue
    found.push({
      kind: 'xfrm',
      device: / dev (\S+)/.exec(selector)?.[1] ?? null,
      way,
      from: prefixAfter(selector, 'src'),
      to: prefixAfter(selector, 'dst'),
      line: `${selector} ${line.trim()}`,
    })
    selector = ''
  }
  return found
}

const prefixAfter = (line: string, word: string): Prefix | null =>
  parsePrefix(new RegExp(`(?:^| )${word} (\\S+)`).exec(line)?.[1] ?? '') ?? null

/** Kinds of programs that send or receive in the place of a socket, or say where it connects to. */
const onSockets: ReadonlySet<string> = new Set([
  'sock_ops',
  'sk_msg',
  'sk_skb',
  'sk_lookup',
  'cgroup_sock_addr',
])

function readPrograms(json: string): readonly Detour[] {
  if (json.trim() === '') return []
  return readRows(json, (row): Detour | string => {
    const type = isRow(row) ? textOf(row, 'type') : undefined
    if (type === undefined) return 'a program without a type'
    const line = `${textOf(row, 'id') ?? ''}: ${type} name ${textOf(row, 'name') ?? ''}`
    return { ...everything, kind: 'socket', way: 'out', line }
  }).value.filter(({ line }) => onSockets.has(/^\S*: (\S+)/.exec(line)?.[1] ?? ''))
}
