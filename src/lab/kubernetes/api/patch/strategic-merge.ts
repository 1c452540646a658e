import { isJsonObject, type Json, type JsonObject } from '../../objects/meta.ts'
import { type Field, type Message, message } from '../../schema/schema.ts'
import { badRequest } from '../../status.ts'
import { setMember } from './merge-patch.ts'

/**
 * Kubernetes' strategic merge patch (apimachinery/pkg/util/strategicpatch): as a JSON merge patch, but lists whose
 * items have a key are merged item by item, with the directives `$patch`, `$retainKeys`, `$deleteFromPrimitiveList`
 * and `$setElementOrder`. Which lists those are, the kind's schema says.
 */
export function strategicMerge(target: Json | undefined, patch: Json, of: Message | undefined): Json {
  if (!isJsonObject(patch)) return patch
  const directive = patch['$patch']
  if (directive === 'replace') return withoutDirectives(patch)
  if (directive === 'delete') return {}
  const base: JsonObject = isJsonObject(target) ? target : {}
  const out: Record<string, Json> = { ...base }
  const retained = patch['$retainKeys']
  if (Array.isArray(retained)) {
    for (const key of Object.keys(out)) if (!retained.includes(key)) Reflect.deleteProperty(out, key)
  }
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith('$deleteFromPrimitiveList/')) {
      const field = key.slice(key.indexOf('/') + 1)
      const list = out[field]
      if (Array.isArray(list) && Array.isArray(value)) {
        out[field] = (list as readonly Json[]).filter((item) => !(value as readonly Json[]).includes(item))
      }
      continue
    }
    if (key.startsWith('$')) continue
    if (value === null) {
      Reflect.deleteProperty(out, key)
      continue
    }
    const field = of?.fields.get(key)
    const order = patch[`$setElementOrder/${key}`]
    setMember(out, key, mergeField(Object.hasOwn(out, key) ? out[key] : undefined, value, field, order))
  }
  // An order may come alone, when items only change places.
  for (const [key, order] of Object.entries(patch)) {
    const field = /^\$setElementOrder\/(.+)$/.exec(key)?.[1]
    if (field === undefined || Object.hasOwn(patch, field)) continue
    const list = out[field]
    if (Array.isArray(list))
      out[field] = inOrder(list as readonly Json[], order, of?.fields.get(field)?.mergeKey)
  }
  return out
}

function mergeField(
  target: Json | undefined,
  patch: Json,
  field: Field | undefined,
  order: Json | undefined,
): Json {
  if (field?.shape === 'list' && Array.isArray(patch)) {
    const items = patch as readonly Json[]
    if (!field.strategy.includes('merge')) return items.map(withoutDirectives)
    const have = Array.isArray(target) ? (target as readonly Json[]) : []
    const merged =
      field.mergeKey === undefined
        ? [...have, ...items.filter((item) => !have.includes(item))]
        : mergeItems(have, items, field, field.mergeKey)
    return inOrder(merged, order, field.mergeKey)
  }
  if (field?.shape === 'map') return strategicMerge(target, patch, undefined)
  if (field?.strategy.includes('replace') === true) return withoutDirectives(patch)
  return strategicMerge(target, patch, field === undefined ? undefined : message(field.type))
}

function mergeItems(
  have: readonly Json[],
  patch: readonly Json[],
  field: Field,
  key: string,
): readonly Json[] {
  if (patch.some((item) => isJsonObject(item) && item['$patch'] === 'replace')) {
    return patch
      .filter((item) => !(isJsonObject(item) && item['$patch'] === 'replace' && !Object.hasOwn(item, key)))
      .map(withoutDirectives)
  }
  const of = message(field.type)
  const out = [...have]
  for (const item of patch) {
    const wanted = isJsonObject(item) ? item[key] : undefined
    if (!isJsonObject(item) || wanted === undefined) {
      throw badRequest(
        `map: ${JSON.stringify(item).slice(0, 200)} does not contain declared merge key: ${key}`,
      )
    }
    const at = out.findIndex((one) => isJsonObject(one) && one[key] === wanted)
    if (item['$patch'] === 'delete') {
      if (at >= 0) out.splice(at, 1)
    } else if (at >= 0) out[at] = strategicMerge(out[at], item, of)
    else out.push(strategicMerge(undefined, item, of))
  }
  return out
}

/** Items named in the order come in that order; the others keep their place behind what stood before them. */
function inOrder(list: readonly Json[], order: Json | undefined, key: string | undefined): readonly Json[] {
  if (!Array.isArray(order)) return list
  const names = (order as readonly Json[]).map((item) =>
    key !== undefined && isJsonObject(item) ? (item[key] ?? null) : item,
  )
  const rank = (item: Json): number => {
    const name = key !== undefined && isJsonObject(item) ? (item[key] ?? null) : item
    return names.indexOf(name)
  }
  const named = list.filter((item) => rank(item) >= 0).sort((a, b) => rank(a) - rank(b))
  const others = list.filter((item) => rank(item) < 0)
  return [...named, ...others]
}

function withoutDirectives(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map(withoutDirectives)
  if (!isJsonObject(value)) return value
  const entries = Object.entries(value)
    .filter(([key, inner]) => !key.startsWith('$') && inner !== null)
    .map(([key, inner]): [string, Json] => [key, withoutDirectives(inner)])
  return Object.fromEntries(entries)
}
