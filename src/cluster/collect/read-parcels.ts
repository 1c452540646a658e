import { tooMuch } from '../../edge/budget.ts'

/** One output that the snapshot script sent. */
export interface Output {
  /** 0 is the node's own stack, then the pods in the order they were asked for. */
  readonly stack: number
  readonly name: string
  /** The exit status of its command. */
  readonly exit: number
  readonly octets: Buffer
}

export interface Outputs {
  readonly outputs: readonly Output[]
  /** Why they end before their end; null when all arrived. */
  readonly problem: string | null
}

/** Outputs of one node: some twenty of each of its stacks. */
const mostOutputs = 50_000

/** Octets of a parcel's first line; some twenty names have 600. */
const mostHeader = 4_096
const header = /^#podpath (\d{1,6})((?: [a-z0-9_.-]{1,60}:\d{1,3}){1,60})$/

/**
 * Takes the script's answer apart. A parcel is a line `#podpath INDEX NAME:EXIT …`, for each name a line with the
 * number of its octets, and the octets one after the other. What lies inside is never searched, so no output can
 * pretend to be another.
 */
export function readParcels(said: Uint8Array): Outputs {
  const octets = Buffer.from(said.buffer, said.byteOffset, said.byteLength)
  const outputs: Output[] = []
  let at = 0
  const line = (): string | null => {
    const end = octets.indexOf(10, at)
    if (end < 0 || end - at > mostHeader) return null
    const text = octets.toString('latin1', at, end)
    at = end + 1
    return text
  }
  while (at < octets.length) {
    const from = at
    const match = header.exec(line() ?? '')
    if (!match) return { outputs, problem: `octet ${from} of the answer begins no parcel` }
    const names = (match[2] ?? '').trim().split(' ')
    if (names[0] === '.end:0') return { outputs, problem: null }
    if (outputs.length + names.length > mostOutputs)
      return { outputs, problem: tooMuch('the answer', 'outputs', mostOutputs) }
    const lengths = names.map(() => {
      const text = line()
      return text !== null && /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN
    })
    for (const [i, word] of names.entries()) {
      const length = lengths[i] ?? Number.NaN
      // NaN fails the comparison too.
      if (!(at + length <= octets.length)) return { outputs, problem: 'the answer ends inside a parcel' }
      const colon = word.lastIndexOf(':')
      outputs.push({
        stack: Number(match[1]),
        name: word.slice(0, colon),
        exit: Number(word.slice(colon + 1)),
        octets: octets.subarray(at, at + length),
      })
      at += length
    }
  }
  return { outputs, problem: 'the answer ends without its last parcel' }
}

/** What each command complained of, by `INDEX NAME`: the lines that follow its marker on standard error. */
export function readComplaints(stderr: string): ReadonlyMap<string, string> {
  const complaints = new Map<string, string>()
  let key = ''
  for (const line of stderr.split('\n')) {
    const marker = /^#(\d{1,6} [a-z0-9.-]{1,60})$/.exec(line)
    if (marker) key = marker[1] ?? ''
    else if (line.trim() !== '') complaints.set(key, line)
  }
  return complaints
}

/** `grep -H '' /proc/sys/net/…` → what `sysctl` prints: `net.ipv4.conf.eth0.rp_filter = 2`; a dot in a name becomes `/`. */
export const sysctlText = (grepped: string): string =>
  grepped
    .split('\n')
    .flatMap((line) => {
      // Interface names hold neither `:` nor `/` (net/core/dev.c, dev_valid_name).
      const match = /^\/proc\/sys\/([^:]+):(.*)$/.exec(line)
      const name = match?.[1]?.replace(/[./]/g, (mark) => (mark === '.' ? '/' : '.'))
      return name === undefined ? [] : [`${name} = ${match?.[2] ?? ''}\n`]
    })
    .join('')
