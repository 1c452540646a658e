/**
 * /proc/net/netstat and /proc/net/snmp (net/ipv4/proc.c): two lines for each group, the names and then the numbers,
 * each beginning with the group. Keys are as nstat(8) prints them: `TcpExtIPReversePathFilter`.
 */
export function readNetstat(text: string): ReadonlyMap<string, number> {
  const counters = new Map<string, number>()
  let names: readonly string[] = []
  for (const line of text.split('\n')) {
    const words = line.trim().split(/\s+/)
    const [group = '', ...rest] = words
    if (!group.endsWith(':')) continue
    if (rest[0] === undefined || !/^-?\d+$/.test(rest[0])) {
      names = words
      continue
    }
    if (names[0] !== group) continue
    rest.forEach((word, i) => {
      const name = names[i + 1]
      const value = Number(word)
      if (name !== undefined && Number.isSafeInteger(value))
        counters.set(`${group.slice(0, -1)}${name}`, value)
    })
  }
  return counters
}
