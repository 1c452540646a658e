/** Random networks as data: what is built, what is sent. The same seed gives the same scenario. */

export interface Wiring {
  readonly a: number
  readonly b: number
  readonly mtu: number
}

/** One thing done to one namespace beyond what makes it work; a failing case is shrunk by leaving some out. */
export interface Extra {
  readonly stack: number
  readonly kind: 'shell' | 'iptables' | 'nft'
  /** A shell command, or a rule as iptables-restore takes it. */
  readonly text: string
  readonly table?: string
  readonly backend?: 'nft' | 'legacy'
}

export interface TestFlow {
  readonly id: number
  readonly from: number
  readonly to: string
  readonly protocol: 'icmp' | 'udp' | 'tcp'
  readonly port: number
  readonly sourcePort: number
  readonly source: string | null
  readonly mark: number
  /** Octets of the IP packet; even, and no other flow of the scenario has it. */
  readonly length: number
  readonly whole: boolean
  readonly tos: number
  readonly connected: boolean
}

export interface Scenario {
  readonly seed: number
  /** IPv6: every address and command is translated by `sixOf`. */
  readonly six: boolean
  /** IPv6: neighbours are not given but asked for. */
  readonly discovers?: boolean
  readonly stacks: number
  readonly wires: readonly Wiring[]
  readonly extras: readonly Extra[]
  readonly flows: readonly TestFlow[]
}
export const ports = [53, 80, 8080, 5353] as const
export const addressOf = (wire: number, end: 'a' | 'b'): string => `10.${wire}.0.${end === 'a' ? 1 : 2}`
export const homeOf = (stack: number): string => `172.20.${stack}.1`
export const deviceOf = (wire: number): string => `v${wire}`
/** Next stack and wire on a shortest way. */
export function nextHop(
  wires: readonly Wiring[],
  stacks: number,
  from: number,
  to: number,
): { wire: number; stack: number } | null {
  const seen = new Map<number, { wire: number; stack: number } | null>([[from, null]])
  const queue = [from]
  while (queue.length > 0) {
    const at = queue.shift() as number
    for (let i = 0; i < wires.length; i++) {
      const { a, b } = wires[i] as Wiring
      const other = a === at ? b : b === at ? a : -1
      if (other < 0 || seen.has(other)) continue
      seen.set(other, at === from ? { wire: i, stack: other } : (seen.get(at) ?? null))
      if (other === to) return seen.get(other) ?? null
      queue.push(other)
    }
    if (queue.length > stacks * 4) break
  }
  return null
}

export const gatewayOf = (wires: readonly Wiring[], wire: number, from: number): string =>
  addressOf(wire, (wires[wire] as Wiring).a === from ? 'b' : 'a')
/** The same command for IPv6: 10.1.0.2/24 is fd00:0:0:0:10:1:0:2/112. What IPv6 has not, its tools refuse. */
export const sixOf = (text: string): string =>
  text
    .replace(
      /(\d+)\.(\d+)\.(\d+)\.(\d+)(\/\d+)?(:\d+(?:-\d+)?)?/g,
      (_, a, b, c, d, length?: string, port?: string) => {
        const address = `fd00:0:0:0:${String(a)}:${String(b)}:${String(c)}:${String(d)}`
        if (port !== undefined) return `[${address}]${port}`
        return length === undefined ? address : `${address}/${64 + 2 * Number(length.slice(1))}`
      },
    )
    .replace(/^ip (route|rule|addr|neigh)/gm, 'ip -6 $1')
    // Until nobody else has claimed it, an address is tentative and no source: whether that is over is a matter of time.
    .replace(/^(ip -6 addr add [^\n]*?)( nodad)?$/gm, '$1 nodad')
    .replace(/iptables-(nft|legacy)/g, 'ip6tables-$1')
    .replace(/-p icmp\b/g, '-p ipv6-icmp')
    .replace(/-m icmp --icmp-type 8(\/0)?/g, '-m icmp6 --icmpv6-type 128')
    .replace(/-m icmp --icmp-type 0/g, '-m icmp6 --icmpv6-type 129')
    .replace(/ipproto icmp/g, 'ipproto ipv6-icmp')
    .replace(/--ttl-/g, '--hl-')
    .replace(/-m ttl/g, '-m hl')
    .replace(/-j TTL/g, '-j HL')
    .replace(/\bip (saddr|daddr)\b/g, 'ip6 $1')
    .replace(/\bip dscp\b/g, 'ip6 dscp')
    .replace(/ip ttl set/g, 'ip6 hoplimit set')
    .replace(/table ip /g, 'table ip6 ')
    .replace(/ipv4_addr/g, 'ipv6_addr')
    .replace(/icmp type echo/g, 'icmpv6 type echo')
    .replace(/meta l4proto icmp\b/g, 'meta l4proto icmpv6')
    .replace(/hash:net,port;/g, 'hash:net,port family inet6;')
    .replace(/hash:(net|ip);/g, 'hash:$1 family inet6;')
    .replace(/\/proc\/sys\/net\/ipv4\/conf\/\S+\/(?!forwarding)\w+/g, '/dev/null')
    .replace(/\/proc\/sys\/net\/ipv4\/conf\/\S+\/forwarding/g, '/proc/sys/net/ipv6/conf/all/forwarding')
