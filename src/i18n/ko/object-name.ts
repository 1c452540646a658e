import type { NamedObject } from '../facts/object-name.ts'

const kinds = { namespace: '네임스페이스', pod: '파드', deployment: '디플로이먼트' } as const

/** Ends with a noun, whatever it is called. */
export const objectName = ({ kind, namespace, name }: NamedObject): string =>
  `${namespace === null ? '' : `${namespace}/`}${name} ${kinds[kind]}`
