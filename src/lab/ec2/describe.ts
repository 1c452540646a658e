import type { CloudView } from './cloud-view.ts'
import { refuse } from './fault.ts'
import { matchesGlob } from './glob.ts'
import { integerOf, lowerFirst, textOf, textsOf, treesOf, type QueryTree } from './query.ts'
import type { Xml, XmlObject } from './xml.ts'

/** One `Describe…` action as data: what it lists, how one is found, and how one is written. */
export interface Describe<T> {
  /** `DescribeSubnets`. */
  readonly action: string
  /** The element around the list: `subnetSet`. */
  readonly element: string
  readonly list: (view: CloudView) => readonly T[]
  /** Undefined: this resource has no ids to ask for. Several: any of the parameters may name it. */
  readonly ids: readonly IdParameter<T>[]
  /** Filter name → the values of one item; a filter holds when any value matches any of its patterns. */
  readonly filters: Readonly<Record<string, (item: T, view: CloudView) => readonly Value[]>>
  /** Also makes `tag:KEY` and `tag-key` filters. */
  readonly tags: (item: T, view: CloudView) => Readonly<Record<string, string>>
  readonly render: (item: T, view: CloudView) => Xml
  /** Few EC2 actions have no pages (DescribeAddresses, DescribeAvailabilityZones). */
  readonly paged: boolean
}

export type Value = string | number | boolean | null | undefined

export interface IdParameter<T> {
  /** `SubnetId`, which clients send as `SubnetId.1`, `SubnetId.2`… */
  readonly parameter: string
  readonly of: (item: T) => Value
  /** `subnet-`: anything else is malformed. Empty: any text may be asked for. */
  readonly prefix: string
  readonly malformed: string
  readonly notFound: string
  readonly message: (id: string) => string
}

/** Answers one Describe request: ids, then filters, then the page asked for. */
export function describe<T>(spec: Describe<T>, parameters: QueryTree, view: CloudView): XmlObject {
  const asked = spec.ids.filter((id) => textsOf(parameters, id.parameter).length > 0)
  const most = integerOf(parameters, 'MaxResults')
  const clash = asked[0]
  if (clash !== undefined && most !== undefined && spec.paged && spec.action === 'DescribeInstances')
    refuse(
      'InvalidParameterCombination',
      'The parameter instancesSet cannot be used with the parameter maxResults',
    )
  let items = spec.list(view)
  for (const id of asked) items = withIds(items, id, textsOf(parameters, id.parameter))
  for (const filter of filtersOf(parameters)) items = items.filter(matcher(spec, filter, view))
  if (!spec.paged) return { [spec.element]: items.map((item) => spec.render(item, view)) }
  const { page, nextToken } = pageOf(spec.action, items, most, textOf(parameters, 'NextToken'))
  return { [spec.element]: page.map((item) => spec.render(item, view)), nextToken }
}

function withIds<T>(items: readonly T[], id: IdParameter<T>, wanted: readonly string[]): readonly T[] {
  for (const one of wanted)
    if (id.prefix !== '' && !one.startsWith(id.prefix))
      refuse(id.malformed, `Invalid id: "${one}" (expecting "${id.prefix}...")`)
  const known = new Map(items.map((item) => [String(id.of(item)), item]))
  const absent = wanted.filter((one) => !known.has(one))
  if (absent.length > 0) refuse(id.notFound, id.message(absent.join(', ')))
  return [...new Set(wanted)].flatMap((one) => known.get(one) ?? [])
}

export interface Filter {
  readonly name: string
  readonly values: readonly string[]
}

/** EC2 allows 50 filters and 200 values in all. */
function filtersOf(parameters: QueryTree): readonly Filter[] {
  const filters = treesOf(parameters, 'Filter').map((tree): Filter => {
    const name = textOf(tree, 'Name')
    const values = textsOf(tree, 'Value')
    if (name === undefined || values.length === 0)
      return refuse('InvalidParameterValue', `The filter '${name ?? 'null'}' is invalid`)
    return { name, values }
  })
  const values = filters.reduce((sum, filter) => sum + filter.values.length, 0)
  if (filters.length > 50 || values > 200)
    refuse('FilterLimitExceeded', 'The maximum number of filter values specified on a single call is 200')
  return filters
}

function matcher<T>(spec: Describe<T>, filter: Filter, view: CloudView): (item: T) => boolean {
  const wanted = (value: Value): boolean => {
    if (value === null || value === undefined) return false
    const text = String(value)
    return filter.values.some((pattern) => matchesGlob(pattern, text))
  }
  if (filter.name === 'tag-key') return (item) => Object.keys(spec.tags(item, view)).some(wanted)
  if (filter.name.startsWith('tag:')) {
    const key = filter.name.slice('tag:'.length)
    return (item) => {
      const tags = spec.tags(item, view)
      return Object.hasOwn(tags, key) && wanted(tags[key])
    }
  }
  const valuesOf = Object.hasOwn(spec.filters, filter.name) ? spec.filters[filter.name] : undefined
  if (valuesOf === undefined) return refuse('InvalidParameterValue', `The filter '${filter.name}' is invalid`)
  return (item) => valuesOf(item, view).some(wanted)
}

/** Tokens name the action, so that one cannot be used for another, and the place to go on from. */
export function pageOf<T>(
  action: string,
  items: readonly T[],
  most: number | undefined,
  token: string | undefined,
): { readonly page: readonly T[]; readonly nextToken: string | undefined } {
  if (most !== undefined && (most < 5 || most > 1000))
    refuse(
      'InvalidParameterValue',
      `Value ( ${most} ) for parameter ${lowerFirst('MaxResults')} is invalid. Expecting a value ${most < 5 ? 'greater than or equal to 5' : 'less than or equal to 1000'}.`,
    )
  let start = 0
  if (token !== undefined) {
    const match = /^([A-Za-z]+):(\d{1,9})$/.exec(Buffer.from(token, 'base64url').toString('latin1'))
    if (match?.[1] !== action)
      refuse('InvalidPaginationToken', 'The specified pagination token is not valid or is expired.')
    start = Number(match?.[2])
  }
  const end = start + (most ?? 1000)
  const nextToken =
    end < items.length ? Buffer.from(`${action}:${end}`, 'latin1').toString('base64url') : undefined
  return { page: items.slice(start, end), nextToken }
}

/** `<tagSet>`: sorted by key, so that answers are the same every time. */
export const tagSet = (tags: Readonly<Record<string, string>>): Xml =>
  Object.keys(tags).length === 0
    ? undefined
    : Object.entries(tags)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, value]) => ({ key, value }))

export const tagsOf = (view: CloudView, id: string): Readonly<Record<string, string>> =>
  Object.hasOwn(view.tags, id) ? (view.tags[id] ?? {}) : {}
