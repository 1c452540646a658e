import type { Field } from '../../schema/schema.ts'

/** What OpenAPI 2 and 3 say alike of a field's type; undefined for what they say each in their own words. */
export function plainSchema(
  type: string,
):
  | { readonly type: string; readonly format?: string; readonly items?: { readonly type: string } }
  | undefined {
  switch (type) {
    case 'string':
    case 'duration':
    case 'quantity':
      return { type: 'string' }
    case 'bytes':
      return { type: 'string', format: 'byte' }
    case 'time':
    case 'microtime':
      return { type: 'string', format: 'date-time' }
    case 'int':
      return { type: 'integer', format: 'int32' }
    case 'double':
      return { type: 'number', format: 'double' }
    case 'bool':
      return { type: 'boolean' }
    case 'stringlist':
      return { type: 'array', items: { type: 'string' } }
    default:
      return undefined
  }
}

/** How `kubectl apply` merges a field. */
export const merging = ({ mergeKey, strategy }: Field) => ({
  ...(mergeKey === undefined ? {} : { 'x-kubernetes-patch-merge-key': mergeKey }),
  ...(strategy.length === 0 ? {} : { 'x-kubernetes-patch-strategy': strategy.join(',') }),
})

/** What kind of list a field is to server-side apply. */
export const listing = ({ listType, listKeys }: Field) => ({
  'x-kubernetes-list-type': listType,
  ...(listType === 'map' ? { 'x-kubernetes-list-map-keys': listKeys } : {}),
})
