/** One output that the snapshot script framed. */
export interface Frame {
  /** 0 is the node's own stack, then the pods in the order they were asked for. */
  readonly stack: number
  readonly name: string
  readonly payload: Buffer
}

export interface Frames {
  readonly frames: readonly Frame[]
  /** Why the frames end before their end; null when all arrived. */
  readonly problem: string | null
}

/** Longer header lines do not exist: `#podpath INDEX NAME LENGTH`. */
const mostHeader = 120

/**
 * Takes the script's output apart: a header line that tells how many octets follow, the octets, a line feed.
 * What lies inside a frame is never searched, so no output can pretend to be another.
 */
export function readFrames(said: Uint8Array): Frames {
  const octets = Buffer.from(said.buffer, said.byteOffset, said.byteLength)
  const frames: Frame[] = []
  let from = 0
  while (from < octets.length) {
    const end = octets.indexOf(10, from)
    const header =
      end < 0 || end - from > mostHeader
        ? null
        : /^#podpath (\d{1,6}) ([a-z0-9.-]{1,60}) (\d{1,12})$/.exec(octets.toString('latin1', from, end))
    if (!header) return { frames, problem: `octet ${from} of the answer begins no frame` }
    const length = Number(header[3])
    const start = end + 1
    if (octets.length < start + length + 1) return { frames, problem: 'the answer ends inside a frame' }
    if (header[2] === '.end') return { frames, problem: null }
    frames.push({
      stack: Number(header[1]),
      name: header[2] ?? '',
      payload: octets.subarray(start, start + length),
    })
    from = start + length + 1
  }
  return { frames, problem: 'the answer ends without its last frame' }
}

/** One command's output and exit status; null when the output was cut at the limit. */
export function readSaid(
  payload: Buffer,
  limit: number,
): { readonly text: string; readonly exit: number } | null {
  if (payload.length >= limit) return null
  const line = payload.lastIndexOf(10)
  const exit = Number(payload.toString('latin1', line + 1))
  if (line < 0 || !Number.isInteger(exit)) return null
  return { text: payload.toString('utf8', 0, line), exit }
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
