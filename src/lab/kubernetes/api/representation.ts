import type { IncomingMessage } from 'node:http'
import type { KubeObject } from '../objects/meta.ts'
import { apiVersionOf, type Resource } from '../resources.ts'
import type { Page } from './list.ts'
import { encode } from './respond.ts'
import { tableOf } from './table.ts'

/** In which form a client wants objects: as they are, as rows of a table, or their metadata alone. */
export type Form = 'object' | 'table' | 'metadata'

/** Reads Accept: the first of its choices that this server has. */
export function formOf(request: IncomingMessage): Form {
  for (const choice of (request.headers.accept ?? '').split(',')) {
    const as = /;\s*as=(\w+)/.exec(choice)?.[1]
    const current = /;\s*v=v1\b(?!\w)/.test(choice) && /;\s*g=meta\.k8s\.io/.test(choice)
    if (as === 'Table' && current) return 'table'
    if ((as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList') && current) return 'metadata'
    if (as === undefined) return 'object'
  }
  return 'object'
}

const partial = (object: KubeObject): string =>
  JSON.stringify({ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata })

/** One object in the form asked for. */
export function writeObject(
  form: Form,
  of: Resource,
  object: KubeObject,
  now: number,
  includeObject: string | null = null,
): string {
  switch (form) {
    case 'object':
      return encode(object)
    case 'metadata':
      return partial(object)
    case 'table':
      return tableOf(
        of,
        [object],
        { resourceVersion: object.metadata.resourceVersion },
        now,
        includeObject,
        true,
      )
  }
}

/** One page of a collection in the form asked for. */
export function writePage(
  form: Form,
  of: Resource,
  page: Page,
  now: number,
  includeObject: string | null,
): string {
  switch (form) {
    case 'object':
      return `{"kind":"${of.kind}List","apiVersion":"${apiVersionOf(of)}","metadata":${JSON.stringify(page.metadata)},"items":[${page.items.map(encode).join(',')}]}\n`
    case 'metadata':
      return `{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/v1","metadata":${JSON.stringify(page.metadata)},"items":[${page.items.map(partial).join(',')}]}\n`
    case 'table':
      return tableOf(of, page.items, page.metadata, now, includeObject, true)
  }
}
