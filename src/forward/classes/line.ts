/** A line of a table, with what may tell whose it is. */
export interface Line {
  /** The list that it stands in. */
  readonly place: string
  readonly text: string
  readonly devices: readonly (string | null)[]
  /** It holds for what it does not name. */
  readonly not?: boolean
}
