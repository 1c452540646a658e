/**
 * The name of a place that a packet can be in, as it stands in every output:
 * `pod/NAMESPACE/NAME`, `node/NAME`, `vpc/ID`, `igw/ID`, `nat/ID`, `bastion` or `internet`; `eni-…`, an ENI behind which
 * nobody could look.
 * Recorded bundles of plain namespaces may use other names of the same form.
 */
export type StackId = string

export type StackKind = 'pod' | 'node' | 'vpc' | 'igw' | 'nat' | 'eni' | 'bastion' | 'internet' | 'other'

const kinds: ReadonlySet<string> = new Set(['pod', 'node', 'vpc', 'igw', 'nat', 'bastion', 'internet'])

export function stackKind(id: StackId): StackKind {
  const slash = id.indexOf('/')
  const head = slash < 0 ? id : id.slice(0, slash)
  if (kinds.has(head)) return head as StackKind
  return /^eni-[0-9a-f]+$/.test(id) ? 'eni' : 'other'
}

export const podStack = (namespace: string, name: string): StackId => `pod/${namespace}/${name}`
export const nodeStack = (name: string): StackId => `node/${name}`
export const vpcStack = (id: string): StackId => `vpc/${id}`
export const internetGatewayStack = (id: string): StackId => `igw/${id}`
export const natGatewayStack = (id: string): StackId => `nat/${id}`
export const internetStack: StackId = 'internet'

/** The part after the kind: `default/web-1` of `pod/default/web-1`; the id itself where there is no slash. */
export const stackName = (id: StackId): string => id.slice(id.indexOf('/') + 1)
