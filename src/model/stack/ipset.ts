/** One member, as `ipset save` prints it. */
export interface IpSetEntry {
  /** The comma-separated parts: `10.0.0.0/8`, `tcp:80`, … */
  readonly parts: readonly string[]
  readonly noMatch: boolean
  readonly line: string
}

export interface IpSet {
  readonly name: string
  /** `hash:ip`, `hash:net,port`, `bitmap:port`, `list:set`, … */
  readonly type: string
  readonly family: 4 | 6
  readonly entries: readonly IpSetEntry[]
  /** `create NAME …` */
  readonly line: string
}
