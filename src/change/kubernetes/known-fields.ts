/** What stands in an object and is no field of its kind would be passed over by whoever reads it: it is refused instead. */
import { at } from '../../edge/fields.ts'
import { badObject } from '../change-error.ts'

/** `*`: whatever stands beneath. Lists are looked into. */
type Fields = { readonly [name: string]: Fields | '*' }

const selector: Fields = { matchLabels: '*', matchExpressions: { key: '*', operator: '*', values: '*' } }
const peer: Fields = {
  podSelector: selector,
  namespaceSelector: selector,
  ipBlock: { cidr: '*', except: '*' },
}
const ports: Fields = { port: '*', protocol: '*', endPort: '*' }

/** networking/v1 (kubernetes.io, "NetworkPolicy"). */
const kinds: Readonly<Record<'NetworkPolicy', Fields>> = {
  NetworkPolicy: {
    apiVersion: '*',
    kind: '*',
    metadata: '*',
    status: '*',
    spec: {
      podSelector: selector,
      policyTypes: '*',
      ingress: { from: peer, ports },
      egress: { to: peer, ports },
    },
  },
}

export function refuseUnknownFields(document: unknown, kind: keyof typeof kinds, name: string): void {
  const found = unknownIn(document, kinds[kind], '')
  if (found !== null) throw badObject(`${kind} ${name}`, `${found}: unknown field`)
  const version = at(document, 'apiVersion')
  if (version !== 'networking.k8s.io/v1') throw badObject(`${kind} ${name}`, `apiVersion: ${String(version)}`)
}

function unknownIn(value: unknown, fields: Fields | '*', path: string): string | null {
  if (fields === '*' || typeof value !== 'object' || value === null) return null
  if (Array.isArray(value)) {
    for (const [index, one] of value.entries()) {
      const found = unknownIn(one, fields, `${path}[${index}]`)
      if (found !== null) return found
    }
    return null
  }
  for (const [name, one] of Object.entries(value)) {
    const here = path === '' ? name : `${path}.${name}`
    const known = Object.hasOwn(fields, name) ? fields[name] : undefined
    if (known === undefined) return here
    const found = unknownIn(one, known, here)
    if (found !== null) return found
  }
  return null
}
