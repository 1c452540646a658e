import type { NamedObject } from '../facts/object-name.ts'

export const objectName = ({ kind, namespace, name }: NamedObject): string =>
  `${kind} ${namespace === null ? '' : `${namespace}/`}${name}`
