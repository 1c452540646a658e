/** The page Lab. */
export interface WebLabSentences {
  readonly intro: string
  readonly addPod: string
  readonly name: string
  readonly namespace: string
  readonly image: string
  readonly node: string
  readonly anyNode: string
  readonly create: string
  readonly deployments: string
  readonly noDeployments: string
  readonly fewer: (name: string) => string
  readonly more: (name: string) => string
  readonly replicas: (ready: number, wanted: number) => string
  readonly pods: string
  readonly eni: string
  readonly age: string
  readonly delete: string
  readonly deletePod: (name: string) => string
  readonly system: string
  readonly happened: string
  readonly nothingYet: string
  readonly podAppeared: (pod: string) => string
  readonly podPlaced: (pod: string, node: string) => string
  readonly podState: (pod: string, before: string, after: string) => string
  readonly podAddress: (pod: string, address: string, device: string) => string
  readonly podGone: (pod: string) => string
  readonly eniAttached: (eni: string, device: string, node: string, addresses: number) => string
  readonly eniDetached: (eni: string, node: string) => string
  readonly slotsChanged: (eni: string, node: string, before: number, after: number) => string
  readonly scaled: (name: string, wanted: number) => string
  readonly sendPacket: string
  readonly sendHint: string
  readonly from: string
  readonly to: string
  readonly protocol: string
  readonly send: string
  readonly internet: string
  readonly notDone: string
}
