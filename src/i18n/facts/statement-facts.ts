/**
 * The tutorial's numbered statements, and the facts that each of them speaks of. Numbers are the tutorial's own; a
 * letter after the number is a part of that statement which can be true or false by itself. Null: not known.
 */
export interface StatementFacts {
  readonly 'pod-to-pod.1': {
    readonly fromPod: string
    readonly fromNode: string
    readonly toPod: string
    readonly toNode: string
  }
  readonly 'pod-to-pod.2': PacketFacts
  readonly 'pod-to-pod.3': { readonly pod: string; readonly destination: string }
  readonly 'pod-to-pod.4': PodRouteFacts
  readonly 'pod-to-pod.4a': { readonly gateway: string }
  readonly 'pod-to-pod.4b': VethFacts
  readonly 'pod-to-pod.5': NodeRouteFacts
  readonly 'pod-to-pod.5a': { readonly node: string; readonly interface: string | null }
  readonly 'pod-to-pod.6': { readonly destination: string; readonly node: string }
  readonly 'pod-to-pod.6a': { readonly ttl: number | null }
  readonly 'pod-to-pod.7': {
    readonly node: string
    readonly destination: string
    readonly interface: string | null
  }
  readonly 'pod-to-pod.7a': { readonly pod: string }
  readonly 'pod-to-pod.7b': PacketFacts
  readonly 'pod-to-pod.7c': ReplyFacts
  readonly 'pod-to-internet.1': PacketFacts & { readonly name: string }
  readonly 'pod-to-internet.2': PodRouteFacts & { readonly node: string }
  readonly 'pod-to-internet.3': NodeRouteFacts
  readonly 'pod-to-internet.4': { readonly node: string; readonly destination: string } & ExternalSnatFacts
  readonly 'pod-to-internet.4a': {
    readonly podAddress: string
    readonly nodeAddress: string | null
  } & ExternalSnatFacts
  readonly 'pod-to-internet.5': { readonly destination: string } & PrivateSubnetFacts
  readonly 'pod-to-internet.5a': {
    readonly podAddress: string
    readonly nodeAddress: string | null
    readonly publicAddress: string | null
  } & PrivateSubnetFacts &
    ExternalSnatFacts
  readonly 'pod-to-internet.6': {
    readonly podAddress: string
    readonly nodeAddress: string | null
    readonly publicAddress: string | null
  } & PrivateSubnetFacts &
    ExternalSnatFacts
  readonly 'pod-to-internet.6a': { readonly podAddress: string } & PrivateSubnetFacts & ExternalSnatFacts
  readonly 'pod-to-internet.6b': ReplyFacts
  readonly 'public-address.1': { readonly pod: string; readonly node: string }
  readonly 'public-address.2': {
    readonly node: string
    readonly address: string | null
  } & PrivateSubnetFacts
}

export type StatementId = keyof StatementFacts

/** One sentence for each statement. */
export type Statements = { readonly [Id in StatementId]: (facts: StatementFacts[Id]) => string }

interface PrivateSubnetFacts {
  /** The private address of the NAT gateway by which the node's subnet leaves the VPC; null: by the internet gateway alone. */
  readonly natGateway: string | null
}

interface ExternalSnatFacts {
  /** aws-node leaves SNAT to a NAT gateway (AWS_VPC_K8S_CNI_EXTERNALSNAT=true). */
  readonly externalSnat: boolean
}

interface PacketFacts {
  readonly pod: string
  readonly source: string
  readonly destination: string
}

interface PodRouteFacts {
  readonly pod: string
  readonly destination: string
  readonly gateway: string
  readonly interface: string
}

interface VethFacts {
  readonly podInterface: string
  readonly hostInterface: string | null
  readonly node: string
}

interface NodeRouteFacts {
  readonly node: string
  readonly destination: string
  /** `subnet`: the destination is in the node's own subnet, so no gateway is needed. */
  readonly way: 'default' | 'subnet'
  /** `main`, or the number of a secondary ENI's table. */
  readonly table: string
  readonly gateway: string | null
  readonly interface: string | null
}

interface ReplyFacts {
  /** As the sender of the probe saw it. */
  readonly ttl: number | null
  /** How many nodes forward the reply: each takes one off. */
  readonly nodes: number
}
