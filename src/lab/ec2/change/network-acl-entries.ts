import { networkAclEntryLine } from '../../../aws/line.ts'
import { inOrder } from '../../../aws/entry-order.ts'
import type { NetworkAcl, NetworkAclEntry, Vpc } from '../../../model/vpc/vpc.ts'
import type { Edited } from '../cloud-view.ts'
import { fault, isFault, type AwsFault } from '../fault.ts'

export type WantedEntry = Omit<NetworkAclEntry, 'line'>
export type EntryKey = Pick<NetworkAclEntry, 'number' | 'direction'>

/** Numbers above are EC2's own: 32767 is the final deny (32768 for IPv6). */
const highest = 32766

const is = (key: EntryKey) => (entry: NetworkAclEntry) =>
  entry.number === key.number && entry.direction === key.direction

const find = (vpc: Vpc, aclId: string): NetworkAcl | AwsFault =>
  vpc.networkAcls.find((acl) => acl.id === aclId) ??
  fault('InvalidNetworkAclID.NotFound', `The networkAcl ID '${aclId}' does not exist`)

const withEntries = (vpc: Vpc, acl: NetworkAcl, entries: readonly NetworkAclEntry[]): Edited<null> => ({
  vpc: {
    ...vpc,
    networkAcls: vpc.networkAcls.map((each) =>
      each.id === acl.id ? { ...acl, entries: entries.toSorted(inOrder) } : each,
    ),
  },
  made: null,
})

function outOfRange(key: EntryKey): AwsFault | null {
  if (Number.isInteger(key.number) && key.number >= 1 && key.number <= highest) return null
  return fault('InvalidParameterValue', `The rule number '${key.number}' must be between 1 and ${highest}`)
}

const withLine = (aclId: string, entry: WantedEntry): NetworkAclEntry => ({
  ...entry,
  line: networkAclEntryLine(aclId, entry),
})

export function createEntry(vpc: Vpc, aclId: string, wanted: WantedEntry): Edited<null> {
  const acl = find(vpc, aclId)
  if (isFault(acl)) return acl
  const wrong = outOfRange(wanted)
  if (wrong) return wrong
  if (acl.entries.some(is(wanted)))
    return fault(
      'NetworkAclEntryAlreadyExists',
      `The network acl entry identified by ${wanted.number} already exists.`,
    )
  return withEntries(vpc, acl, [...acl.entries, withLine(aclId, wanted)])
}

const absent = (key: EntryKey): AwsFault =>
  fault(
    'InvalidNetworkAclEntry.NotFound',
    `The network acl entry identified by ${key.number} does not exist.`,
  )

export function replaceEntry(vpc: Vpc, aclId: string, wanted: WantedEntry): Edited<null> {
  const acl = find(vpc, aclId)
  if (isFault(acl)) return acl
  const wrong = outOfRange(wanted)
  if (wrong) return wrong
  if (!acl.entries.some(is(wanted))) return absent(wanted)
  const others = acl.entries.filter((entry) => !is(wanted)(entry))
  return withEntries(vpc, acl, [...others, withLine(aclId, wanted)])
}

export function deleteEntry(vpc: Vpc, aclId: string, key: EntryKey): Edited<null> {
  const acl = find(vpc, aclId)
  if (isFault(acl)) return acl
  const wrong = outOfRange(key)
  if (wrong) return wrong
  if (!acl.entries.some(is(key))) return absent(key)
  return withEntries(
    vpc,
    acl,
    acl.entries.filter((entry) => !is(key)(entry)),
  )
}
