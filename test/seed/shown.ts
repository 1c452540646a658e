/** Each is another in every run, on every machine, or with other versions of a program. */
const volatile: readonly (readonly [what: RegExp, mask: string])[] = [
  // tcpdump's clock
  [/\b\d\d:\d\d:\d\d\.\d{6}\b/g, '(time)'],
  // ping's and podpath's round trips, and how long a run took
  [/\b\d[\d.]*(?:\/\d[\d.]*){3} ms\b/g, '(times)'],
  [/\b\d+(?:\.\d+)? ?(?:ms|µs|s)\b/g, '(duration)'],
  // kubectl's ages
  [/\b(?:\d+[dhm]){1,2}(?:\d+s)?(?= )/g, '(duration)'],
  // what kubectl says since 1.34
  [/ deleted from \w+ namespace$/gm, ' deleted'],
  // an address that has no name, which some versions of ping write twice
  [/\b((?:\d+\.){3}\d+) \(\1\)/g, '$1'],
  // what ICMP calls a port, drawn by ping and by --random-fully
  [/\bid[ =]\d+/g, 'id (number)'],
  // how long conntrack still keeps an entry
  [/\b(icmp +1) \d+(?= )/g, '$1 (seconds)'],
  [/\bfe80::[0-9a-f:]+/g, '(link-local)'],
  // the other end of a veth pair, by its number
  [/@if\d+/g, '@if(number)'],
  // iptables' counters, and the column that some versions print as `0` and some as `all`
  [/^ *\d+[KMG]? +\d+[KMG]? +(\S.*?) (?:0|all) +(?=--)/gm, '(packets) (octets) $1 any '],
  [/\b\d+ packets, \d+ bytes\b/g, '(packets), (octets)'],
  // frames, whose width is the terminal's
  [/[─━│╭╮╰╯┬┴]+/g, ' '],
  [/\s+/g, ' '],
]

/** What stays the same from run to run of what a terminal shows, as one line: words may be wrapped anywhere. */
export const lasting = (text: string): string =>
  volatile.reduce((masked, [what, mask]) => masked.replace(what, mask), `${text}\n`).trim()

/**
 * Whether a page shows what was printed: line by line, in its order, where lines may be missing only at a line that is
 * `…`.
 * @returns the first lines that were not printed in this place, or null
 */
export function notPrinted(shown: string, printed: string): string | null {
  const whole = ` ${lasting(printed)} `
  const parts = shown.split(/^…$/m)
  let at = 0
  for (const [i, part] of parts.entries()) {
    const wanted = lasting(part)
    if (wanted === '') continue
    const found = whole.indexOf(` ${wanted} `, at)
    const last = i === parts.length - 1
    if (found === -1 || (i === 0 && found > 0) || (last && found + wanted.length + 2 < whole.length))
      return part.trim()
    at = found + wanted.length + 1
  }
  return null
}
