import { isDeepStrictEqual } from 'node:util'
import { timestamp } from '../clock.ts'
import {
  isJsonObject,
  type Json,
  type JsonObject,
  type KubeObject,
  type ManagedFields,
} from '../objects/meta.ts'
import { apiVersionOf, type Resource } from '../resources.ts'
import { type Field, type Message, message } from '../schema/schema.ts'
import { StatusError } from '../status.ts'
import type { Context } from './context.ts'
import { setMember } from './patch/merge-patch.ts'
import { createObject, decode, write, type Written, type WriteOptions } from './write.ts'

/** Fields that say which object it is; nobody owns them. */
const identity: ReadonlySet<string> = new Set(['f:apiVersion', 'f:kind'])
const metadataIdentity: ReadonlySet<string> = new Set([
  'f:name',
  'f:namespace',
  'f:uid',
  'f:resourceVersion',
  'f:creationTimestamp',
  'f:generateName',
  'f:generation',
  'f:managedFields',
])

/**
 * PATCH with `application/apply-patch+yaml`: the applied fields replace the live ones and belong to the manager from
 * then on; what the manager applied before and does not any more goes. A field that another applier set to something
 * else is a conflict, unless forced (sigs.k8s.io/structured-merge-diff).
 */
export function applyObject(
  context: Context,
  of: Resource,
  namespace: string | undefined,
  name: string,
  body: Json,
  options: WriteOptions,
): Written & { readonly created: boolean } {
  const { store, clock } = context
  const { draft, warnings } = decode(of, body, options)
  const applied = draft as unknown as JsonObject
  const schema = message(of.message)
  const set = withoutIdentity(fieldSet(applied, schema))
  const entry: ManagedFields = {
    manager: options.fieldManager,
    operation: 'Apply',
    apiVersion: apiVersionOf(of),
    time: timestamp(clock.now()),
    fieldsType: 'FieldsV1',
    fieldsV1: set,
  }
  const current = store.find(of, namespace, name)
  if (current === undefined) {
    const written = createObject(
      context,
      of,
      namespace,
      { ...applied, metadata: { ...(applied['metadata'] as JsonObject), name } },
      options,
    )
    if (options.dryRun) return { ...written, created: true }
    const object = store.update(of, namespace, written.object.metadata.name, (fresh) =>
      withManagers(fresh, [entry]),
    )
    return { object, warnings, created: true }
  }
  const managers = current.metadata.managedFields ?? []
  const own = managers.find(isOwn(options.fieldManager))
  const others = managers.filter((one) => one !== own)
  const live = current as unknown as JsonObject
  if (!options.force) refuseConflicts(of, name, live, applied, schema, set, others)
  const dropped = own?.fieldsV1 === undefined ? live : removeFields(live, own.fieldsV1, set, schema, others)
  const merged = mergeApplied(dropped, applied, schema) as unknown as KubeObject
  const left = others.flatMap((one) => {
    const fields =
      options.force && one.fieldsV1 !== undefined && one.operation === 'Apply'
        ? subtract(one.fieldsV1, set)
        : one.fieldsV1
    return fields === undefined || Object.keys(fields).length === 0 ? [] : [{ ...one, fieldsV1: fields }]
  })
  const same = own !== undefined && isDeepStrictEqual(own.fieldsV1, set)
  const next = withManagers({ ...merged, metadata: { ...merged.metadata, name } }, [
    ...left,
    same ? own : entry,
  ])
  const object = write(context, of, current, next, 'main', options, undefined)
  return { object, warnings, created: false }
}

const isOwn = (manager: string) => (one: ManagedFields) =>
  one.manager === manager && one.operation === 'Apply'

const withManagers = <T extends KubeObject>(object: T, managedFields: readonly ManagedFields[]): T => ({
  ...object,
  metadata: { ...object.metadata, managedFields },
})

/** The fields of a value as FieldsV1 writes them: `f:name` of members, `k:{"name":"web"}` and `v:"x"` of items. */
function fieldSet(value: Json, of: Message | undefined): JsonObject {
  if (!isJsonObject(value)) return {}
  const out: Record<string, Json> = {}
  for (const [key, inner] of Object.entries(value)) {
    setMember(out, `f:${key}`, valueSet(inner, of?.fields.get(key)))
  }
  return out
}

function valueSet(value: Json, field: Field | undefined): JsonObject {
  if (field?.shape === 'list' && Array.isArray(value)) {
    const items = value as readonly Json[]
    if (field.listType === 'map') {
      return Object.fromEntries(
        items.map((item) => [itemKey(item, field), { '.': {}, ...fieldSet(item, message(field.type)) }]),
      )
    }
    if (field.listType === 'set')
      return Object.fromEntries(items.map((item) => [`v:${JSON.stringify(item)}`, {}]))
    return {}
  }
  if (field?.shape === 'map') return fieldSet(value, undefined)
  return field !== undefined && field.type.includes('.') ? fieldSet(value, message(field.type)) : {}
}

/** `k:{"containerPort":80,"protocol":"TCP"}`; a protocol that is not given is TCP, as it is by default. */
function itemKey(item: Json, field: Field): string {
  const keys = [...field.listKeys].sort()
  const entries = keys.map((key): [string, Json] => [
    key,
    (isJsonObject(item) ? item[key] : undefined) ?? (key === 'protocol' ? 'TCP' : ''),
  ])
  return `k:${JSON.stringify(Object.fromEntries(entries))}`
}

function withoutIdentity(set: JsonObject): JsonObject {
  const out: Record<string, Json> = {}
  for (const [key, inner] of Object.entries(set)) {
    if (identity.has(key)) continue
    if (key !== 'f:metadata' || !isJsonObject(inner)) out[key] = inner
    else {
      const kept = Object.entries(inner).filter(([name]) => !metadataIdentity.has(name))
      if (kept.length > 0) out[key] = Object.fromEntries(kept)
    }
  }
  return out
}

/** Merges as apply does: objects by member, keyed lists by item, sets by value; anything else is replaced. */
function mergeApplied(live: Json | undefined, applied: Json, of: Message | undefined): Json {
  if (!isJsonObject(applied)) return applied
  const out: Record<string, Json> = isJsonObject(live) ? { ...live } : {}
  for (const [key, value] of Object.entries(applied)) {
    const before = Object.hasOwn(out, key) ? out[key] : undefined
    setMember(out, key, mergeValue(before, value, of?.fields.get(key)))
  }
  return out
}

function mergeValue(live: Json | undefined, applied: Json, field: Field | undefined): Json {
  if (field?.shape === 'list' && Array.isArray(applied)) {
    const items = applied as readonly Json[]
    const have = Array.isArray(live) ? (live as readonly Json[]) : []
    if (field.listType === 'set') return [...have.filter((item) => !items.includes(item)), ...items]
    if (field.listType !== 'map') return items
    const out = [...have]
    for (const item of items) {
      const key = itemKey(item, field)
      const at = out.findIndex((one) => itemKey(one, field) === key)
      if (at < 0) out.push(item)
      else out[at] = mergeApplied(out[at], item, message(field.type))
    }
    return out
  }
  if (field?.shape === 'map') return mergeApplied(live, applied, undefined)
  return field !== undefined && field.type.includes('.')
    ? mergeApplied(live, applied, message(field.type))
    : applied
}

/** Takes out what the manager applied before and not now, as far as no other manager owns it. */
function removeFields(
  live: JsonObject,
  before: JsonObject,
  now: JsonObject,
  of: Message | undefined,
  others: readonly ManagedFields[],
): JsonObject {
  const owned = others.map((one) => one.fieldsV1 ?? {})
  return removeFrom(live, before, now, of, undefined, owned) as JsonObject
}

function removeFrom(
  live: Json,
  before: JsonObject,
  now: JsonObject | undefined,
  of: Message | undefined,
  list: Field | undefined,
  owned: readonly JsonObject[],
): Json {
  const at = (sets: readonly JsonObject[], key: string): readonly JsonObject[] =>
    sets.flatMap((set) => (isJsonObject(set[key]) ? [set[key]] : []))
  if (list !== undefined && Array.isArray(live)) {
    return (live as readonly Json[]).flatMap((item) => {
      const key = list.listType === 'set' ? `v:${JSON.stringify(item)}` : itemKey(item, list)
      const old = before[key]
      if (!isJsonObject(old)) return [item]
      const kept = now?.[key]
      if (!isJsonObject(kept) && at(owned, key).length === 0) return []
      return [
        removeFrom(
          item,
          old,
          isJsonObject(kept) ? kept : undefined,
          message(list.type),
          undefined,
          at(owned, key),
        ),
      ]
    })
  }
  if (!isJsonObject(live)) return live
  const out: Record<string, Json> = { ...live }
  for (const [key, old] of Object.entries(before)) {
    const name = key.slice(2)
    if (!key.startsWith('f:') || !isJsonObject(old) || !Object.hasOwn(out, name)) continue
    const kept = now?.[key]
    const ownedHere = at(owned, key)
    const value = out[name] ?? null
    if (kept === undefined && ownedHere.length === 0) Reflect.deleteProperty(out, name)
    else {
      const field = of?.fields.get(name)
      const inner =
        field !== undefined && field.shape === 'one' && field.type.includes('.')
          ? message(field.type)
          : undefined
      const keyed = field?.shape === 'list' && field.listType !== 'atomic' ? field : undefined
      setMember(
        out,
        name,
        removeFrom(value, old, isJsonObject(kept) ? kept : undefined, inner, keyed, ownedHere),
      )
    }
  }
  return out
}

/** The fields of one set that are not in the other. */
function subtract(from: JsonObject, what: JsonObject): JsonObject {
  const out: Record<string, Json> = {}
  for (const [key, inner] of Object.entries(from)) {
    const other = what[key]
    if (other === undefined) out[key] = inner
    else if (isJsonObject(inner) && isJsonObject(other)) {
      const rest = subtract(inner, other)
      if (Object.keys(rest).length > 0) out[key] = rest
    }
  }
  return out
}

/** A field that another applier owns and that would change is a conflict, told with its path and owner. */
function refuseConflicts(
  of: Resource,
  name: string,
  live: JsonObject,
  applied: JsonObject,
  schema: Message | undefined,
  set: JsonObject,
  others: readonly ManagedFields[],
): void {
  const causes = others
    .filter((one) => one.operation === 'Apply' && one.fieldsV1 !== undefined)
    .flatMap((one) =>
      changed(live, applied, schema, undefined, set, one.fieldsV1 ?? {}, '').map((field) => ({
        reason: 'FieldManagerConflict',
        message: `conflict with ${JSON.stringify(one.manager ?? '')}`,
        field,
        manager: one.manager ?? '',
      })),
    )
  const [first] = causes
  if (first === undefined) return
  const count = causes.length === 1 ? '1 conflict' : `${String(causes.length)} conflicts`
  const list =
    causes.length === 1 ? ` ${first.field}` : `\n${causes.map(({ field }) => `- ${field}`).join('\n')}`
  throw new StatusError('Conflict', `Apply failed with ${count}: ${first.message}:${list}`, {
    name,
    ...(of.group === '' ? {} : { group: of.group }),
    kind: of.plural,
    causes: causes.map(({ reason, message: text, field }) => ({ reason, message: text, field })),
  })
}

function changed(
  live: Json | undefined,
  applied: Json | undefined,
  of: Message | undefined,
  list: Field | undefined,
  mine: JsonObject,
  theirs: JsonObject,
  path: string,
): readonly string[] {
  return Object.entries(mine).flatMap(([key, inner]): readonly string[] => {
    const other = theirs[key]
    if (!isJsonObject(inner) || !isJsonObject(other) || key === '.') return []
    if (list !== undefined) {
      const pick = (items: Json | undefined): Json | undefined =>
        Array.isArray(items)
          ? (items as readonly Json[]).find((item) => itemKey(item, list) === key)
          : undefined
      return changed(
        pick(live),
        pick(applied),
        message(list.type),
        undefined,
        inner,
        other,
        `${path}[${printKey(key)}]`,
      )
    }
    const name = key.slice(2)
    const here = `${path}.${name}`
    const [before, after] = [member(live, name), member(applied, name)]
    const leaf = Object.keys(inner).length === 0 || Object.keys(other).length === 0
    if (leaf) return isDeepStrictEqual(before, after) ? [] : [here]
    const field = of?.fields.get(name)
    const keyed = field?.shape === 'list' && field.listType === 'map' ? field : undefined
    const deeper = field?.shape === 'one' && field.type.includes('.') ? message(field.type) : undefined
    return changed(before, after, deeper, keyed, inner, other, here)
  })
}

const member = (value: Json | undefined, name: string): Json | undefined =>
  isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined

/** `k:{"name":"web"}` → `name="web"`, as the real message names an item. */
function printKey(key: string): string {
  const read = JSON.parse(key.slice(2)) as JsonObject
  return Object.entries(read)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(',')
}
