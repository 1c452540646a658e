import { isDeepStrictEqual } from 'node:util'
import { isJsonObject, type Json } from '../../objects/meta.ts'
import { badRequest, StatusError } from '../../status.ts'
import { setMember } from './merge-patch.ts'

/** The real server takes no more in one patch (`--max-json-patch-operations`). */
const operationLimit = 10_000

/** JSON patch, RFC 6902. A `test` that fails, or a path that is not there, is a 422. */
export function jsonPatch(target: Json, patch: Json): Json {
  if (!Array.isArray(patch))
    throw badRequest(
      'error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch',
    )
  const operations = patch as readonly Json[]
  if (operations.length > operationLimit) {
    throw new StatusError(
      'RequestEntityTooLarge',
      `The allowed maximum operations in a JSON patch is ${String(operationLimit)}, got ${String(operations.length)}`,
    )
  }
  return operations.reduce<Json>(applyOperation, target)
}

function applyOperation(target: Json, operation: Json): Json {
  if (!isJsonObject(operation)) throw badRequest('error decoding patch')
  const { op, path, value, from } = operation
  if (typeof path !== 'string') throw badRequest('error decoding patch: a path is missing')
  const at = pointer(path)
  switch (op) {
    case 'add':
      return place(target, at, value ?? null, 'add')
    case 'replace':
      return place(target, at, value ?? null, 'replace')
    case 'remove':
      return take(target, at).rest
    case 'test':
      if (!isDeepStrictEqual(lookUp(target, at), value)) {
        throw unprocessable(`testing path ${path} failed`)
      }
      return target
    case 'move': {
      const taken = take(target, pointer(String(from)))
      return place(taken.rest, at, taken.value, 'add')
    }
    case 'copy':
      return place(target, at, lookUp(target, pointer(String(from))) ?? null, 'add')
    default:
      throw badRequest(`Unexpected kind: ${String(op).slice(0, 40)}`)
  }
}

const unprocessable = (why: string): StatusError =>
  new StatusError('Invalid', `the server rejected our request due to an error in our request: ${why}`)

const missing = (at: readonly string[]): StatusError =>
  unprocessable(`doc is missing path: "/${at.join('/')}": missing value`)

/** The steps of a JSON pointer, RFC 6901. */
const pointer = (path: string): readonly string[] =>
  path === ''
    ? []
    : path
        .split('/')
        .slice(1)
        .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))

function lookUp(target: Json, at: readonly string[]): Json | undefined {
  let value: Json | undefined = target
  for (const step of at) {
    if (Array.isArray(value)) value = (value as readonly Json[])[Number(step)]
    else if (isJsonObject(value) && Object.hasOwn(value, step)) value = value[step]
    else return undefined
  }
  return value
}

function place(target: Json, at: readonly string[], value: Json, how: 'add' | 'replace'): Json {
  const [step, ...rest] = at
  if (step === undefined) return value
  if (Array.isArray(target)) {
    const list = [...(target as readonly Json[])]
    const index = step === '-' ? list.length : Number(step)
    if (!Number.isInteger(index) || index < 0 || index > list.length) throw missing(at)
    if (rest.length > 0) list[index] = place(list[index] ?? null, rest, value, how)
    else if (how === 'add') list.splice(index, 0, value)
    else if (index < list.length) list[index] = value
    else throw missing(at)
    return list
  }
  if (!isJsonObject(target)) throw missing(at)
  const out: Record<string, Json> = { ...target }
  const has = Object.hasOwn(target, step)
  if (!has && (rest.length > 0 || how === 'replace')) throw missing(at)
  setMember(out, step, rest.length > 0 ? place(target[step] ?? null, rest, value, how) : value)
  return out
}

function take(target: Json, at: readonly string[]): { rest: Json; value: Json } {
  const [step, ...deeper] = at
  if (step === undefined) throw missing(at)
  if (Array.isArray(target)) {
    const list = [...(target as readonly Json[])]
    const index = Number(step)
    const item = list[index]
    if (item === undefined) throw missing(at)
    if (deeper.length === 0) {
      list.splice(index, 1)
      return { rest: list, value: item }
    }
    const inner = take(item, deeper)
    list[index] = inner.rest
    return { rest: list, value: inner.value }
  }
  if (!isJsonObject(target) || !Object.hasOwn(target, step)) throw missing(at)
  const out: Record<string, Json> = { ...target }
  const member = target[step] ?? null
  if (deeper.length === 0) {
    Reflect.deleteProperty(out, step)
    return { rest: out, value: member }
  }
  const inner = take(member, deeper)
  setMember(out, step, inner.rest)
  return { rest: out, value: inner.value }
}
