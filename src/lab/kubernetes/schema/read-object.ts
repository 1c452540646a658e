import { isJsonObject, type Json, type JsonObject } from '../objects/meta.ts'
import { badRequest, StatusError } from '../status.ts'
import { type Field, type Message, message } from './schema.ts'

export interface Read {
  readonly object: JsonObject
  /** `unknown field "spec.contaners"`, one for each field that the kind does not have. */
  readonly strict: readonly string[]
}

/** Deeper than any object of Kubernetes nests. */
const depthLimit = 60

/**
 * Checks an object from outside against its kind's fields. A field of a wrong type is a 400 in the words of Go's
 * JSON decoder; unknown fields are left out and named, as the real server does; nulls are left out.
 */
export function readObject(name: string, value: JsonObject): Read {
  const of = message(name)
  if (of === undefined) throw new Error(`no such message: ${name}`)
  const strict: string[] = []
  try {
    return { object: readMessage(of, value, '', strict, ['apiVersion', 'kind'], 0), strict }
  } catch (error) {
    if (!(error instanceof StatusError)) throw error
    const [, version = '', kind = ''] = /\/(v\w+)\.(\w+)$/.exec(name) ?? []
    throw badRequest(`${kind} in version "${version}" cannot be handled as a ${kind}: ${error.message}`)
  }
}

function readMessage(
  of: Message,
  value: JsonObject,
  path: string,
  strict: string[],
  extra: readonly string[],
  depth: number,
): JsonObject {
  if (depth > depthLimit) throw badRequest('the object is nested too deeply')
  const out: Record<string, Json> = {}
  for (const [key, inner] of Object.entries(value)) {
    const at = path === '' ? key : `${path}.${key}`
    const field = of.fields.get(key)
    if (field === undefined) {
      if (extra.includes(key)) out[key] = inner
      else strict.push(`unknown field "${at}"`)
    } else if (inner !== null) {
      out[key] = readField(of, field, inner, at, strict, depth)
    }
  }
  return out
}

function readField(
  of: Message,
  field: Field,
  value: Json,
  at: string,
  strict: string[],
  depth: number,
): Json {
  switch (field.shape) {
    case 'list':
      if (!Array.isArray(value)) throw wrongType(of, field, value, at)
      return (value as readonly Json[])
        .filter((item) => item !== null)
        .map((item, index) => readValue(of, field, item, `${at}[${String(index)}]`, strict, depth))
    case 'map': {
      if (!isJsonObject(value)) throw wrongType(of, field, value, at)
      const entries = Object.entries(value).map(([key, item]): [string, Json] => [
        key,
        readValue(of, field, item ?? '', `${at}.${key}`, strict, depth),
      ])
      return Object.fromEntries(entries)
    }
    case 'one':
      return readValue(of, field, value, at, strict, depth)
  }
}

function readValue(
  of: Message,
  field: Field,
  value: Json,
  at: string,
  strict: string[],
  depth: number,
): Json {
  switch (field.type) {
    case 'string':
    case 'bytes':
    case 'time':
    case 'microtime':
    case 'duration':
      if (typeof value !== 'string') throw wrongType(of, field, value, at)
      return value
    case 'int':
      if (typeof value !== 'number' || !Number.isInteger(value)) throw wrongType(of, field, value, at)
      return value
    case 'double':
      if (typeof value !== 'number') throw wrongType(of, field, value, at)
      return value
    case 'bool':
      if (typeof value !== 'boolean') throw wrongType(of, field, value, at)
      return value
    case 'quantity':
      if (typeof value !== 'string' && typeof value !== 'number') throw wrongType(of, field, value, at)
      if (!/^[+-]?[\d.]+([eE][+-]?\d+|[numkMGTPE]|[KMGTPE]i)?$/.test(String(value))) {
        throw badRequest(
          `quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'`,
        )
      }
      return String(value)
    case 'intorstring':
      if (typeof value !== 'string' && typeof value !== 'number') throw wrongType(of, field, value, at)
      return value
    case 'stringlist':
    case 'raw':
    case 'fields':
      return value
    default: {
      if (!isJsonObject(value)) throw wrongType(of, field, value, at)
      const inner = message(field.type)
      if (inner === undefined) throw new Error(`no such message: ${field.type}`)
      return readMessage(inner, value, at, strict, [], depth + 1)
    }
  }
}

const goTypes: Readonly<Record<string, string>> = { int: 'int32', double: 'float64', bytes: '[]uint8' }

function wrongType(of: Message, field: Field, value: Json, at: string): Error {
  const found = Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value
  const struct = of.name.slice(of.name.lastIndexOf('.') + 1)
  const type = goTypes[field.type] ?? field.type.replace(/^(\w+)\/(v\w+)\./, '$2.')
  const shaped = field.shape === 'list' ? `[]${type}` : field.shape === 'map' ? `map[string]${type}` : type
  const parent = at.replace(/\[\d+\]/g, '')
  return badRequest(
    `json: cannot unmarshal ${found === 'boolean' ? 'bool' : found} into Go struct field ${struct}.${parent} of type ${shaped}`,
  )
}
