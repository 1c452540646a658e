import type { Ip } from '../address/address.ts'

export type NeighbourState =
  'PERMANENT' | 'NOARP' | 'REACHABLE' | 'STALE' | 'DELAY' | 'PROBE' | 'INCOMPLETE' | 'FAILED' | 'NONE'

/** One entry of the ARP or ND cache. */
export interface Neighbour {
  readonly address: Ip
  readonly device: string
  /** Lower case; null while nobody has answered. */
  readonly mac: string | null
  readonly state: NeighbourState
  /** An entry for which this stack answers (`ip neigh show proxy`). */
  readonly proxy: boolean
  /** `192.168.1.1 dev eth0 lladdr 02:…:01 PERMANENT` */
  readonly line: string
}
