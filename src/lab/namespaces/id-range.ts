/** How many ids a lab has: as many as a 16-bit system, whose `nobody` is 65534. */
export const idCount = 65_536

/**
 * Ranges of ids that no distribution gives to users, services, containers or subordinate ranges: above systemd's for containers
 * (which ends at 0x6FFFFFFF) and below its range of foreign images (https://systemd.io/UIDS-GIDS).
 */
const firstBlock = 0x7000
const lastBlock = 0x7ffd

/**
 * The first id of a range that nobody on this machine has, for a lab that root starts. `files` are the texts of /etc/passwd,
 * /etc/group, /etc/subuid and /etc/subgid; `below(n)` gives a whole number from 0 to n - 1. Throws when all are taken.
 */
export function firstFreeId(files: readonly string[], below: (limit: number) => number): number {
  const taken = new Set(files.flatMap((text) => text.split('\n').flatMap(blocksOf)))
  const free = Array.from({ length: lastBlock - firstBlock + 1 }, (_, index) => firstBlock + index).filter(
    (block) => !taken.has(block),
  )
  const block = free[below(free.length)]
  if (block === undefined) throw new Error('every range of ids that a lab could have belongs to somebody')
  return block * idCount
}

/** passwd(5) and group(5) have an id in the third field; subuid(5) has the first id and the count in the last two. */
function blocksOf(line: string): readonly number[] {
  const fields = line.split(':')
  const [first, count] =
    fields.length === 3 && fields[1] !== 'x' ? [Number(fields[1]), Number(fields[2])] : [Number(fields[2]), 1]
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(count) || count < 1) return []
  const begin = Math.max(Math.floor(first / idCount), firstBlock)
  const end = Math.min(Math.floor((first + count - 1) / idCount), lastBlock)
  return begin > end ? [] : Array.from({ length: end - begin + 1 }, (_, index) => begin + index)
}
