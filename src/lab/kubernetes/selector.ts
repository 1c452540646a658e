import type { KubeObject, LabelSelector, Labels } from './objects/meta.ts'
import { badRequest } from './status.ts'

export type Matcher = (object: KubeObject) => boolean

/** Whether labels satisfy a metav1.LabelSelector. An absent selector matches nothing, an empty one everything. */
export function matchesSelector(selector: LabelSelector | undefined, labels: Labels | undefined): boolean {
  if (selector === undefined) return false
  const have = labels ?? {}
  return (
    Object.entries(selector.matchLabels ?? {}).every(([key, value]) => have[key] === value) &&
    (selector.matchExpressions ?? []).every(({ key, operator, values }) =>
      matchesRequirement(have[key], operator, values ?? []),
    )
  )
}

/** One requirement of a label or node selector. An operator that is not known matches nothing. */
export function matchesRequirement(
  value: string | undefined,
  operator: string,
  values: readonly string[],
): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    case 'Gt':
      return value !== undefined && Number(value) > Number(values[0])
    case 'Lt':
      return value !== undefined && Number(value) < Number(values[0])
    default:
      return false
  }
}

/** A LabelSelector as text, `app=web,tier in (a,b)`: what a Scale says of its selector. */
export const printSelector = (selector: LabelSelector): string =>
  [
    ...Object.entries(selector.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`),
    ...(selector.matchExpressions ?? []).map(({ key, operator, values }) => {
      const list = `(${[...(values ?? [])].sort().join(',')})`
      switch (operator) {
        case 'In':
          return `${key} in ${list}`
        case 'NotIn':
          return `${key} notin ${list}`
        case 'DoesNotExist':
          return `!${key}`
        default:
          return key
      }
    }),
  ]
    .sort()
    .join(',')

const requirement =
  /^\s*(?:(!)\s*([\w./-]+)|([\w./-]+)\s*(?:(==|=|!=)\s*([\w.-]*)|\s(in|notin)\s*\(([^)]*)\)|(<|>)\s*(\d+))?)\s*$/

/** Reads `labelSelector=…` of a query: `a=b,c!=d,e in (f,g),!h,i`. */
export function parseLabelSelector(text: string): (labels: Labels | undefined) => boolean {
  if (text.trim() === '') return () => true
  // Commas inside parentheses belong to a set.
  const parts = text.split(/,(?![^(]*\))/)
  const tests = parts.map((part) => {
    const found = requirement.exec(part)
    if (found === null) {
      throw badRequest(`unable to parse requirement: found '${part.trim().slice(0, 100)}'`)
    }
    const [, not, absent, key = '', sign, value = '', set, list = '', order, bound = ''] = found
    if (not !== undefined) return (labels: Labels) => labels[absent ?? ''] === undefined
    if (set !== undefined) {
      const values = list.split(',').map((one) => one.trim())
      return (labels: Labels) => matchesRequirement(labels[key], set === 'in' ? 'In' : 'NotIn', values)
    }
    if (order !== undefined) {
      return (labels: Labels) => matchesRequirement(labels[key], order === '>' ? 'Gt' : 'Lt', [bound])
    }
    if (sign === undefined) return (labels: Labels) => labels[key] !== undefined
    if (sign === '!=') return (labels: Labels) => labels[key] !== value
    return (labels: Labels) => labels[key] === value
  })
  return (labels) => tests.every((test) => test(labels ?? {}))
}

/** The fields by which objects of a kind may be chosen, beside metadata.name and metadata.namespace. */
const fields: Readonly<Record<string, readonly string[]>> = {
  Pod: [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'spec.hostNetwork',
    'status.phase',
    'status.podIP',
    'status.nominatedNodeName',
  ],
  Node: ['spec.unschedulable'],
  Namespace: ['status.phase'],
  Secret: ['type'],
  ReplicaSet: ['status.replicas'],
  Service: ['spec.clusterIP', 'spec.type'],
  Event: [
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'involvedObject.apiVersion',
    'involvedObject.resourceVersion',
    'involvedObject.fieldPath',
    'reason',
    'reportingComponent',
    'source',
    'type',
  ],
}

/** Reads `fieldSelector=…` of a query: `status.phase!=Running,metadata.name=web`. */
export function parseFieldSelector(kind: string, text: string): Matcher {
  const known = ['metadata.name', 'metadata.namespace', ...(fields[kind] ?? [])]
  const tests = text
    .split(',')
    .filter((part) => part.trim() !== '')
    .map((part): Matcher => {
      const found = /^\s*([\w.]+)\s*(==|!=|=)\s*(.*)$/.exec(part)
      if (found === null)
        throw badRequest(
          `invalid selector: '${text.slice(0, 200)}'; can't understand '${part.slice(0, 100)}'`,
        )
      const [, field = '', sign, value = ''] = found
      if (!known.includes(field)) throw badRequest(`field label not supported: ${field}`)
      return (object) => (fieldOf(object, field) === value) === (sign !== '!=')
    })
  return (object) => tests.every((test) => test(object))
}

function fieldOf(object: KubeObject, field: string): string {
  if (field === 'source') {
    return fieldOf(object, 'source.component')
  }
  let value: unknown = object
  for (const step of field.split('.')) {
    value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[step] : undefined
  }
  if (value === undefined || value === null) return falseByDefault.has(field) ? 'false' : ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

const falseByDefault: ReadonlySet<string> = new Set(['spec.unschedulable', 'spec.hostNetwork'])
