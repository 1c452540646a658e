/** The page Cluster. */
export interface WebClusterSentences {
  readonly counts: (nodes: number, pods: number, services: number) => string
  readonly search: string
  readonly searchHint: string
  readonly found: (count: number) => string
  readonly nothingFound: (words: string) => string
  readonly live: string
  readonly notLive: string
  readonly recorded: string
  readonly waiting: string
  readonly nodes: string
  readonly services: string
  readonly vpc: string
  readonly unplaced: string
  readonly ready: string
  readonly notReady: string
  readonly podsOf: (held: number, most: number | null) => string
  readonly publicAddress: string
  readonly primaryAddress: string
  readonly primaryOfNode: string
  readonly primaryUnused: string
  readonly slots: (held: number, all: number) => string
  readonly free: string
  /** Of a delegated prefix: how many of its addresses pods hold. */
  readonly prefix: (held: number, size: number) => string
  readonly prefixSlot: (prefix: string, held: number, size: number) => string
  readonly freeSlot: (address: string) => string
  readonly heldSlot: (address: string, pod: string) => string
  readonly hostNetwork: string
  readonly hostNetworkHint: string
  /** Pods whose addresses stand on no ENI that is known. */
  readonly otherPods: string
  readonly noEnis: string
  readonly askingEc2: string
  readonly openPod: (name: string) => string
  readonly openNode: (name: string) => string
  readonly endpoints: (ready: number, all: number) => string
  readonly noEndpoints: string
  readonly subnets: string
  readonly routeTables: string
  readonly mainTable: string
  readonly gateways: string
  readonly internetGateway: string
  readonly natGateway: string
  readonly securityGroups: string
  readonly usedBy: (enis: number) => string
  readonly noVpc: string
  readonly cannotRead: string
  readonly close: string
  readonly pod: string
  readonly node: string
  readonly state: string
  readonly image: string
  readonly madeBy: string
  readonly address: string
  readonly slot: string
  readonly onEni: (device: string, eni: string) => string
  readonly ownNamespace: string
  readonly addresses: string
  readonly routes: string
  readonly neighbours: string
  readonly policyRules: string
  readonly onTheNode: string
  readonly hostEnd: (device: string) => string
  readonly nodeRoutes: string
  readonly nodeRules: string
  readonly nodeIptables: string
  readonly networkPolicies: string
  readonly noPolicies: string
  readonly ofServices: string
  readonly none: string
  readonly usesHost: string
  readonly readTables: string
  readonly readTablesWhy: string
  readonly readTablesCluster: string
  readonly reading: string
  readonly readAt: (time: string) => string
  readonly readAgain: string
  readonly trace: string
  readonly tables: string
  readonly appeared: (pod: string, node: string) => string
  readonly gone: (pod: string) => string
}
