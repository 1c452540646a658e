/** Lines that should be there against lines that are. */

export interface Compared<Wanted, Seen> {
  readonly missing: readonly Wanted[]
  readonly more: readonly Seen[]
}

/** By key; of equal keys each counts. */
export function compareLines<Wanted, Seen>(
  wanted: readonly Wanted[],
  seen: readonly Seen[],
  keyOfWanted: (one: Wanted) => string,
  keyOfSeen: (one: Seen) => string,
): Compared<Wanted, Seen> {
  const left = new Map<string, Seen[]>()
  for (const one of seen) {
    const key = keyOfSeen(one)
    const list = left.get(key)
    if (list) list.push(one)
    else left.set(key, [one])
  }
  const missing = wanted.filter((one) => left.get(keyOfWanted(one))?.shift() === undefined)
  const more = new Set([...left.values()].flat())
  return { missing, more: seen.filter((one) => more.has(one)) }
}
