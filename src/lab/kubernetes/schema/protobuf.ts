import type { Json, JsonObject } from '../objects/meta.ts'
import { badRequest } from '../status.ts'
import { type Field, type Message, message } from './schema.ts'

/**
 * Kubernetes' protobuf form: the octets `k8s\0`, then a runtime.Unknown whose `raw` is the object itself
 * (apimachinery/pkg/runtime/serializer/protobuf). kubectl 1.32 and newer send it when they create typed objects.
 */
const magic = Buffer.from('k8s\0')

/** Deeper than any object of Kubernetes nests. */
const depthLimit = 60

const wire = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const

export const isProtobuf = (body: Buffer): boolean => body.subarray(0, magic.length).equals(magic)

/** Reads an object; its apiVersion and kind say by which message, found by `messageOf`. */
export function decodeProtobuf(
  body: Buffer,
  messageOf: (apiVersion: string, kind: string) => string | undefined,
): JsonObject {
  if (!isProtobuf(body)) throw malformed('the body does not begin with the expected prefix')
  let apiVersion = ''
  let kind = ''
  let raw: Buffer = Buffer.alloc(0)
  for (const { number, bytes } of fieldsOf(body.subarray(magic.length))) {
    if (number === 1) {
      for (const inner of fieldsOf(bytes)) {
        if (inner.number === 1) apiVersion = inner.bytes.toString()
        if (inner.number === 2) kind = inner.bytes.toString()
      }
    }
    if (number === 2) raw = bytes
  }
  const name = messageOf(apiVersion, kind)
  const of = name === undefined ? undefined : message(name)
  if (of === undefined) {
    throw badRequest(`no kind "${kind.slice(0, 60)}" is registered for version "${apiVersion.slice(0, 60)}"`)
  }
  return { apiVersion, kind, ...readMessage(of, raw, 0) }
}

const malformed = (why: string): Error => badRequest(`the protobuf object is malformed: ${why}`)

interface WireField {
  readonly number: number
  /** Of a varint or a fixed number. */
  readonly value: bigint
  /** Of a string, a message or octets. */
  readonly bytes: Buffer
}

const nothing = Buffer.alloc(0)

function* fieldsOf(buffer: Buffer): Generator<WireField> {
  let at = 0
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const octet = buffer[at++]
      if (octet === undefined) throw malformed('a number ends too early')
      value |= BigInt(octet & 0x7f) << shift
      if (octet < 0x80) return BigInt.asIntN(64, value)
    }
    throw malformed('a number is too long')
  }
  while (at < buffer.length) {
    const key = Number(varint())
    const number = key >>> 3
    switch (key & 7) {
      case wire.varint:
        yield { number, value: varint(), bytes: nothing }
        break
      case wire.fixed64:
      case wire.fixed32: {
        const size = (key & 7) === wire.fixed64 ? 8 : 4
        if (at + size > buffer.length) throw malformed('a field ends too early')
        yield { number, value: 0n, bytes: buffer.subarray(at, at + size) }
        at += size
        break
      }
      case wire.bytes: {
        const length = Number(varint())
        if (length < 0 || at + length > buffer.length) throw malformed('a field ends too early')
        yield { number, value: 0n, bytes: buffer.subarray(at, at + length) }
        at += length
        break
      }
      default:
        throw malformed(`wire type ${String(key & 7)}`)
    }
  }
}

function readMessage(of: Message, buffer: Buffer, depth: number): Record<string, Json> {
  if (depth > depthLimit) throw malformed('nested too deeply')
  const out: Record<string, Json> = {}
  for (const read of fieldsOf(buffer)) {
    const field = of.numbers.get(read.number)
    // A field of a newer version: left out, as a Go client of ours would.
    if (field === undefined) continue
    if (field.inline) {
      Object.assign(out, readMessage(messageOf(field), read.bytes, depth + 1))
      continue
    }
    if (field.shape === 'map') {
      const [key, value] = readEntry(field, read.bytes, depth)
      const map = (out[field.name] ?? {}) as Record<string, Json>
      Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true })
      out[field.name] = map
      continue
    }
    const value = readValue(field, read, depth)
    if (field.shape === 'list') out[field.name] = [...((out[field.name] ?? []) as readonly Json[]), value]
    else if (value !== null && (field.pointer || (value !== '' && value !== 0 && value !== false))) {
      out[field.name] = value
    }
  }
  return out
}

function messageOf(field: Field): Message {
  const of = message(field.type)
  if (of === undefined) throw new Error(`no such message: ${field.type}`)
  return of
}

function readEntry(field: Field, bytes: Buffer, depth: number): [string, Json] {
  let key = ''
  let value: Json = ''
  for (const read of fieldsOf(bytes)) {
    if (read.number === 1) key = read.bytes.toString()
    if (read.number === 2) value = readValue(field, read, depth) ?? ''
  }
  return [key, value]
}

function readValue(field: Field, { value, bytes }: WireField, depth: number): Json {
  switch (field.type) {
    case 'string':
      return bytes.toString()
    case 'bytes':
      return bytes.toString('base64')
    case 'int':
      return Number(value)
    case 'bool':
      return value !== 0n
    case 'double':
      return bytes.length === 8 ? bytes.readDoubleLE(0) : bytes.readFloatLE(0)
    case 'time':
    case 'microtime': {
      const { one: seconds, two: nanos } = numbers(bytes)
      if (bytes.length === 0) return null
      const milliseconds = Number(seconds) * 1000 + Math.floor(Number(nanos) / 1e6)
      if (!Number.isFinite(milliseconds) || Math.abs(milliseconds) > 8.64e15)
        throw malformed('a time out of range')
      const text = new Date(milliseconds).toISOString()
      return field.type === 'time' ? `${text.slice(0, 19)}Z` : `${text.slice(0, 23)}000Z`
    }
    case 'quantity':
      return first(bytes)?.toString() ?? '0'
    case 'intorstring': {
      const { one: type, two: number } = numbers(bytes)
      let text = ''
      for (const inner of fieldsOf(bytes)) if (inner.number === 3) text = inner.bytes.toString()
      return type === 0n ? Number(number) : text
    }
    case 'duration':
      return `${String(Number(numbers(bytes).one) / 1e9)}s`
    case 'raw':
    case 'fields':
      return parseJson(first(bytes) ?? nothing)
    case 'stringlist':
      return [...fieldsOf(bytes)].map((item) => item.bytes.toString())
    default:
      return readMessage(messageOf(field), bytes, depth + 1)
  }
}

const first = (bytes: Buffer): Buffer | undefined => {
  for (const field of fieldsOf(bytes)) if (field.number === 1) return field.bytes
  return undefined
}

function numbers(bytes: Buffer): { one: bigint; two: bigint } {
  let one = 0n
  let two = 0n
  for (const { number, value } of fieldsOf(bytes)) {
    if (number === 1) one = value
    if (number === 2) two = value
  }
  return { one, two }
}

function parseJson(bytes: Buffer): Json {
  try {
    return JSON.parse(bytes.toString()) as Json
  } catch {
    throw malformed('an embedded object is not JSON')
  }
}
