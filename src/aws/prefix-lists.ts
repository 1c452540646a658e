import * as z from 'zod'
import type { PrefixList } from '../model/vpc/vpc.ts'
import type { Gap } from '../model/result/result.ts'
import { cidr, id, isRecord, readItems, text, type Reading } from './reading.ts'

const list = z.object({ PrefixListId: id, PrefixListName: text.default('') })
const entry = z.object({ Cidr: cidr })
/** `aws ec2 describe-prefix-lists`: AWS's own lists, entries included. */
const ownList = z.object({
  PrefixListId: id,
  PrefixListName: text.default(''),
  Cidrs: z.array(cidr).default([]),
})

/**
 * `aws ec2 describe-managed-prefix-lists` names the lists; the entries stand in
 * `aws ec2 get-managed-prefix-list-entries`, one answer a list, given here by list id. A list without its answer is
 * left out (its entries are not known), with a gap.
 */
export function readManagedPrefixLists(
  listsJson: unknown,
  entriesJson: unknown,
): Reading<readonly PrefixList[]> {
  const lists = readItems('ec2/managed-prefix-lists.json', listsJson, 'PrefixLists', list)
  const gaps: Gap[] = [...lists.gaps]
  const file = 'ec2/managed-prefix-list-entries.json'
  const seen = lists.seen.flatMap((l): readonly PrefixList[] => {
    const answer =
      isRecord(entriesJson) && Object.hasOwn(entriesJson, l.PrefixListId)
        ? entriesJson[l.PrefixListId]
        : undefined
    if (answer === undefined) {
      gaps.push({ at: file, what: l.PrefixListId, because: 'the entries of this list were not recorded' })
      return []
    }
    const entries = readItems(file, answer, 'Entries', entry)
    gaps.push(...entries.gaps)
    if (entries.gaps.length > 0) return []
    return [{ id: l.PrefixListId, name: l.PrefixListName, prefixes: entries.seen.map((e) => e.Cidr) }]
  })
  return { seen, gaps }
}

/** `aws ec2 describe-prefix-lists`: the lists of gateway endpoints (Amazon S3, DynamoDB) with their ranges. */
export function readServicePrefixLists(json: unknown): Reading<readonly PrefixList[]> {
  const { seen, gaps } = readItems('ec2/prefix-lists.json', json, 'PrefixLists', ownList)
  return {
    gaps,
    seen: seen.map((l) => ({ id: l.PrefixListId, name: l.PrefixListName, prefixes: l.Cidrs })),
  }
}
