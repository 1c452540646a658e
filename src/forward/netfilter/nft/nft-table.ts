/** What the flags of a table of nftables mean for its chains. */
import type { NftTable } from '../../../model/stack/nft.ts'

/** nft 1.0.6 prints `t` (its json.c takes a letter of the name). */
const dormant: ReadonlySet<string> = new Set(['dormant', 't'])
/** Who may change the table, and whether it stays: nothing that a packet meets. */
const harmless: ReadonlySet<string> = new Set(['owner', 'persist'])

/** Its chains hook nowhere. */
export const isDormant = (table: NftTable): boolean => (table.flags ?? []).some((flag) => dormant.has(flag))

/** A flag that may mean anything; undefined: there is none. */
export const strangeFlag = (table: NftTable): string | undefined =>
  (table.flags ?? []).find((flag) => !dormant.has(flag) && !harmless.has(flag))
