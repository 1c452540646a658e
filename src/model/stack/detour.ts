import type { Prefix } from '../address/prefix.ts'

/** Something that takes packets out of the ways that rules and routes tell of: what it does to them is not known. */
export interface Detour {
  readonly kind: 'xdp' | 'tc' | 'xfrm' | 'socket'
  /** Null: every interface. */
  readonly device: string | null
  /** Which packets it sees: those that come in, that leave, or that are passed on. */
  readonly way: 'in' | 'out' | 'forward'
  /** Null: from or to anywhere. */
  readonly from: Prefix | null
  readonly to: Prefix | null
  /** As its own tool prints it. */
  readonly line: string
}
