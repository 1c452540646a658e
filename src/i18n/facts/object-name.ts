/** Something that podpath makes in a cluster, as a sentence names it; a namespace lies in none. */
export interface NamedObject {
  readonly kind: 'namespace' | 'pod' | 'deployment'
  readonly namespace: string | null
  readonly name: string
}
