import type { Ip } from '../../model/address/address.ts'
import type { CompiledLink } from './fabric.ts'

/** What a look-up is asked with: struct flowi4. */
export interface FlowKey {
  readonly dst: Ip
  /** Null: the packet has no source yet. */
  readonly src: Ip | null
  /** The name of the interface that it came in by; `lo` for a packet of this stack's own. */
  readonly iif: string
  readonly oif: CompiledLink | null
  readonly mark: number
  readonly tos: number
  /** 0 where the kernel does not look into the packet for it. */
  readonly protocol: number
  readonly sourcePort: number
  readonly destinationPort: number
  /** Null: not known. */
  readonly uid: number | null
  /** FIB_LOOKUP_IGNORE_LINKSTATE */
  readonly anyLinkState: boolean
}
