/** Entries of a network ACL: create, replace, delete. */
import { networkAclEntryLine } from '../../aws/line.ts'
import { hasPorts, isIcmp, parseProtocol, readPorts } from '../../aws/protocol.ts'
import type { Edit } from '../../model/fabric/edit.ts'
import { parsePrefix } from '../../model/address/prefix.ts'
import type { NetworkAclEntry, Vpc } from '../../model/vpc/vpc.ts'
import { badValue, lacking, notThere, thereAlready } from '../change-error.ts'
import { structuresOf, type Options } from './options.ts'

export function entryEdits(action: string, options: Options, vpc: Vpc): readonly Edit[] {
  const id = options.needed('--network-acl-id')
  const acl = vpc.networkAcls.find((one) => one.id === id)
  if (acl === undefined) throw notThere(id, vpc.id)
  const number = options.number('--rule-number', 1, 32766)
  if (number === null) throw lacking('--rule-number NUMBER')
  const egress = options.has('--egress')
  if (!egress && !options.has('--ingress')) throw lacking('--ingress, --egress')
  const direction = egress ? 'egress' : 'ingress'
  const there = acl.entries.find((one) => one.number === number && one.direction === direction)
  const edit = (before: NetworkAclEntry | null, after: NetworkAclEntry | null): readonly Edit[] => [
    { kind: 'network-acl-entry', acl: id, before, after },
  ]
  if (action === 'delete-network-acl-entry') {
    options.done()
    if (there === undefined) throw notThere(`${direction} ${number}`, id)
    return edit(there, null)
  }
  const after = entryOf(options, id, number, direction)
  options.done()
  if (action === 'create-network-acl-entry') {
    if (there !== undefined) throw thereAlready(there.line, id)
    return edit(null, after)
  }
  if (there === undefined) throw notThere(`${direction} ${number}`, id)
  return edit(there, after)
}

function entryOf(
  options: Options,
  acl: string,
  number: number,
  direction: 'ingress' | 'egress',
): NetworkAclEntry {
  const word = options.needed('--protocol')
  const protocol = parseProtocol(word)
  if (protocol === undefined) throw badValue('--protocol', word)
  const action = options.needed('--rule-action')
  if (action !== 'allow' && action !== 'deny') throw badValue('--rule-action', action)
  const block = options.one('--cidr-block') ?? options.one('--ipv6-cidr-block')
  if (block === null) throw lacking('--cidr-block PREFIX')
  const prefix = block.includes('/') ? parsePrefix(block) : undefined
  if (prefix === undefined) throw badValue('--cidr-block', block)
  const range = pairOf(options, '--port-range', 'From', 'To')
  const icmp = pairOf(options, '--icmp-type-code', 'Type', 'Code')
  const ports = isIcmp(protocol)
    ? readPorts(protocol, icmp?.[0], icmp?.[1])
    : hasPorts(protocol)
      ? readPorts(protocol, range?.[0], range?.[1])
      : null
  if (hasPorts(protocol) && range === null) throw lacking('--port-range From=PORT,To=PORT')
  const entry = { number, direction, action, protocol, prefix, ports } as const
  return { ...entry, line: networkAclEntryLine(acl, entry) }
}

function pairOf(
  options: Options,
  name: string,
  first: string,
  second: string,
): readonly [number, number] | null {
  const [structure] = structuresOf(name, options.all(name))
  if (structure === undefined) return null
  const value = (key: string): number => {
    const text = String((structure as Readonly<Record<string, unknown>>)[key] ?? '')
    const number = /^-?\d{1,5}$/.test(text) ? Number(text) : NaN
    if (!(number >= -1 && number <= 65535)) throw badValue(name, `${key}=${text}`)
    return number
  }
  return [value(first), value(second)]
}
