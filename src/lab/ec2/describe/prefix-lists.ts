import { formatPrefix, prefixFamily } from '../../../model/address/prefix.ts'
import type { PrefixList } from '../../../model/vpc/vpc.ts'
import type { CloudView } from '../cloud-view.ts'
import { pageOf, tagSet, tagsOf, type Describe, type IdParameter } from '../describe.ts'
import { refuse } from '../fault.ts'
import { integerOf, requiredText, textOf, type QueryTree } from '../query.ts'
import type { XmlObject } from '../xml.ts'

const owner = (list: PrefixList, view: CloudView): string =>
  list.name.startsWith('com.amazonaws.') ? 'AWS' : view.account

const ids: readonly IdParameter<PrefixList>[] = [
  {
    parameter: 'PrefixListId',
    of: (list) => list.id,
    prefix: 'pl-',
    malformed: 'InvalidPrefixListId.Malformed',
    notFound: 'InvalidPrefixListId.NotFound',
    message: (id) => `The prefix list ID '${id}' does not exist`,
  },
]

export const describeManagedPrefixLists: Describe<PrefixList> = {
  action: 'DescribeManagedPrefixLists',
  element: 'prefixListSet',
  list: (view) => view.vpc.prefixLists ?? [],
  ids,
  filters: {
    'owner-id': (list, view) => [owner(list, view)],
    'prefix-list-id': (list) => [list.id],
    'prefix-list-name': (list) => [list.name],
  },
  tags: (list, view) => tagsOf(view, list.id),
  paged: true,
  render: (list, view) => {
    const owned = owner(list, view)
    const first = list.prefixes[0]
    return {
      prefixListId: list.id,
      prefixListName: list.name,
      prefixListArn: `arn:aws:ec2:${view.vpc.region}:${owned === 'AWS' ? 'aws' : owned}:prefix-list/${list.id}`,
      addressFamily: first !== undefined && prefixFamily(first) === 6 ? 'IPv6' : 'IPv4',
      state: 'create-complete',
      ...(owned === 'AWS' ? {} : { maxEntries: Math.max(1, list.prefixes.length), version: 1 }),
      ownerId: owned,
      tagSet: tagSet(tagsOf(view, list.id)),
    }
  },
}

export const describePrefixLists: Describe<PrefixList> = {
  action: 'DescribePrefixLists',
  element: 'prefixListSet',
  list: (view) => (view.vpc.prefixLists ?? []).filter((list) => owner(list, view) === 'AWS'),
  ids,
  filters: {
    'prefix-list-id': (list) => [list.id],
    'prefix-list-name': (list) => [list.name],
  },
  tags: () => ({}),
  paged: true,
  render: (list) => ({
    prefixListId: list.id,
    prefixListName: list.name,
    cidrSet: list.prefixes.map(formatPrefix),
  }),
}

/** GetManagedPrefixListEntries: the entries of one list, in pages. */
export function prefixListEntries(parameters: QueryTree, view: CloudView): XmlObject {
  const id = requiredText(parameters, 'PrefixListId')
  const list = (view.vpc.prefixLists ?? []).find((each) => each.id === id)
  if (list === undefined)
    return refuse('InvalidPrefixListId.NotFound', `The prefix list ID '${id}' does not exist`)
  const { page, nextToken } = pageOf(
    'GetManagedPrefixListEntries',
    list.prefixes,
    integerOf(parameters, 'MaxResults'),
    textOf(parameters, 'NextToken'),
  )
  return { entrySet: page.map((prefix) => ({ cidr: formatPrefix(prefix) })), nextToken }
}
