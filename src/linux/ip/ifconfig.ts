/** `ifconfig` of net-tools 2 (Amazon Linux, Debian), as the EKS log collector keeps it: only what is up, one address a name. */
import { formatIp, parseIp, parseIp4 } from '../../model/address/address.ts'
import type { Link, LinkAddress } from '../../model/stack/link.ts'
import { excerpt, linesOf, Problems, type Reading } from '../reading.ts'

interface Open {
  readonly name: string
  readonly line: string
  readonly flags: readonly string[]
  readonly mtu: number
  mac: string | null
  addresses: LinkAddress[]
}

/**
 * The interfaces that `ifconfig` shows. An alias (`eth0:1`) is an address of its device. Indexes are not printed: they
 * are the places in the output. Never throws; linear in the text.
 */
export function readIfconfig(text: string): Reading<Link> {
  const problems = new Problems()
  const found = new Map<string, Open>()
  let open: Open | null = null
  let number = 0
  for (const line of linesOf(text)) {
    number++
    if (line.trim() === '') continue
    if (/^\s/.test(line)) {
      if (open === null) problems.add(`line ${number}: of no interface: ${excerpt(line)}`)
      else detail(open, line.trim().split(/\s+/), (what) => problems.add(`line ${number}: ${what}`))
      continue
    }
    const begun = begin(line)
    if (begun === null) {
      open = null
      problems.add(`line ${number}: not an interface: ${excerpt(line)}`)
      continue
    }
    open = found.get(begun.name) ?? begun
    found.set(open.name, open)
  }
  const value = [...found.values()].map((one, index): Link => {
    const loopback = one.flags.includes('LOOPBACK')
    return {
      index: index + 1,
      name: one.name,
      kind: null,
      type: loopback ? 'loopback' : 'ether',
      flags: one.flags,
      state: one.flags.includes('LOWER_UP') ? (loopback ? 'UNKNOWN' : 'UP') : 'DOWN',
      mtu: one.mtu,
      mac: one.mac,
      master: null,
      group: 'default',
      addresses: one.addresses,
      line: one.line,
    }
  })
  return { value, problems: problems.list() }
}

/** The largest packet that a Linux device can be set to (IP_MAX_MTU, net/ipv4). */
const largestMtu = 0xffff + 1

/** `eth0: flags=4163<UP,BROADCAST,RUNNING,MULTICAST>  mtu 9001` */
function begin(line: string): Open | null {
  const match = /^(\S{1,64}): flags=\d{1,10}<([A-Z0-9_,-]{0,200})>\s+mtu (\d{1,10})$/.exec(line.trimEnd())
  if (!match) return null
  const [, label = '', flags = '', mtu = ''] = match
  if (Number(mtu) > largestMtu) return null
  return {
    name: label.split(':')[0] ?? label,
    line: line.trimEnd(),
    // RUNNING is the carrier (IFF_RUNNING), which `ip link` shows as LOWER_UP.
    flags: flags.split(',').map((flag) => (flag === 'RUNNING' ? 'LOWER_UP' : flag)),
    mtu: Number(mtu),
    mac: null,
    addresses: [],
  }
}

function detail(open: Open, words: readonly string[], problem: (what: string) => void): void {
  const after = (word: string): string | undefined => {
    const at = words.indexOf(word)
    return at < 0 ? undefined : words[at + 1]
  }
  const [kind = ''] = words
  switch (kind) {
    case 'inet': {
      const address = parseIp4(words[1] ?? '')
      const length = lengthOf(after('netmask') ?? '')
      if (address === undefined || length === null)
        return problem(`not an address: ${excerpt(words.join(' '))}`)
      const broadcast = parseIp4(after('broadcast') ?? '') ?? null
      const scope = open.flags.includes('LOOPBACK') ? 'host' : 'global'
      const shown = broadcast === null ? '' : ` brd ${formatIp(broadcast)}`
      const line = `inet ${formatIp(address)}/${length}${shown} scope ${scope} ${open.name}`
      open.addresses.push({ address, length, peer: null, broadcast, scope, flags: [], line })
      return
    }
    case 'inet6': {
      const address = parseIp(words[1] ?? '')
      const length = Number(after('prefixlen') ?? 'none')
      if (typeof address !== 'bigint' || !Number.isInteger(length) || length < 0 || length > 128)
        return problem(`not an address: ${excerpt(words.join(' '))}`)
      const scope = /<([a-z,]+)>/.exec(after('scopeid') ?? '')?.[1] ?? 'global'
      const line = `inet6 ${formatIp(address)}/${length} scope ${scope}`
      open.addresses.push({ address, length, peer: null, broadcast: null, scope, flags: [], line })
      return
    }
    case 'ether':
      if (/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(words[1] ?? '')) open.mac = (words[1] ?? '').toLowerCase()
      else problem(`not a hardware address: ${excerpt(words.join(' '))}`)
      return
    default:
    // Counters, and the length of the queue.
  }
}

/** `255.255.255.0` → 24; null where the bits are not in one piece. */
function lengthOf(netmask: string): number | null {
  const value = parseIp4(netmask)
  if (value === undefined) return null
  const zeros = ~value >>> 0
  return ((zeros + 1) & zeros) >>> 0 === 0 ? Math.clz32(zeros) : null
}
