import { refuse } from './fault.ts'

/**
 * Parameters of EC2's query protocol as a tree: `Filter.1.Value.2=x` is `Filter` → `1` → `Value` → `2` → `x`.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Query-Requests.html
 */
export interface QueryTree {
  readonly [key: string]: string | QueryTree
}
type Growing = { [key: string]: string | Growing }

const mostParameters = 5_000
const deepest = 8

/** Objects without prototype: a parameter named `__proto__` is only a parameter. */
const emptyTree = (): Growing => Object.create(null) as Growing

export function parseQuery(body: string): QueryTree {
  const root = emptyTree()
  let count = 0
  for (const [name, value] of new URLSearchParams(body)) {
    if (++count > mostParameters) refuse('RequestLimitExceeded', 'The request has too many parameters.')
    const steps = name.split('.')
    const last = steps.pop()
    if (last === undefined || last === '' || steps.length >= deepest) malformed(name)
    let at = root
    for (const step of steps) {
      const next = (at[step] ??= emptyTree())
      if (typeof next === 'string') malformed(name)
      at = next
    }
    if (at[last] !== undefined) malformed(name)
    at[last] = value
  }
  return root
}

function malformed(name: string): never {
  return refuse(
    'MalformedQueryString',
    `The query string contains a malformed parameter: ${name.slice(0, 100)}`,
  )
}

/** A single parameter; undefined when it is absent or empty. */
export function textOf(tree: QueryTree, name: string): string | undefined {
  const value = tree[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}

export function requiredText(tree: QueryTree, name: string): string {
  const value = textOf(tree, name)
  if (value === undefined)
    return refuse('MissingParameter', `The request must contain the parameter ${lowerFirst(name)}`)
  return value
}

/** `true`, `false` or undefined. */
export function flagOf(tree: QueryTree, name: string): boolean | undefined {
  const value = textOf(tree, name)
  if (value === undefined) return undefined
  if (value.toLowerCase() === 'true') return true
  if (value.toLowerCase() === 'false') return false
  return refuse('InvalidParameterValue', `Value (${value}) for parameter ${lowerFirst(name)} is invalid.`)
}

export function integerOf(tree: QueryTree, name: string): number | undefined {
  const value = textOf(tree, name)
  if (value === undefined) return undefined
  if (!/^-?\d{1,9}$/.test(value))
    return refuse(
      'InvalidParameterValue',
      `Value (${value}) for parameter ${lowerFirst(name)} is invalid. Expecting an integer.`,
    )
  return Number(value)
}

/** `InstanceId.1=i-1&InstanceId.2=i-2` → `[i-1, i-2]`, in the order of the numbers. */
export const textsOf = (tree: QueryTree, name: string): readonly string[] =>
  numbered(tree, name).flatMap((value) => (typeof value === 'string' ? [value] : []))

/** `Filter.1.Name=…&Filter.1.Value.1=…` → the numbered trees under `Filter`. */
export const treesOf = (tree: QueryTree, name: string): readonly QueryTree[] =>
  numbered(tree, name).flatMap((value) => (typeof value === 'string' ? [] : [value]))

export function treeOf(tree: QueryTree, name: string): QueryTree | undefined {
  const value = tree[name]
  return typeof value === 'object' ? value : undefined
}

function numbered(tree: QueryTree, name: string): readonly (string | QueryTree)[] {
  const list = tree[name]
  if (typeof list !== 'object') return []
  return Object.keys(list)
    .filter((key) => /^[1-9]\d{0,6}$/.test(key))
    .sort((a, b) => Number(a) - Number(b))
    .flatMap((key) => list[key] ?? [])
}

export const lowerFirst = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1)
