import type { Ip } from '../address/address.ts'

export interface ConntrackTuple {
  readonly src: Ip
  readonly dst: Ip
  /** Zero for protocols without ports. */
  readonly sourcePort: number
  readonly destinationPort: number
}

/** One connection that a stack knew when it was read. */
export interface ConntrackEntry {
  /** IANA protocol number. */
  readonly protocol: number
  /** TCP's, as printed: `ESTABLISHED`; null elsewhere. */
  readonly state: string | null
  readonly original: ConntrackTuple
  readonly reply: ConntrackTuple
  readonly mark: number
  readonly assured: boolean
  readonly unreplied: boolean
  readonly line: string
}
