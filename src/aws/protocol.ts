/** IANA protocol numbers that EC2 lets users write by name, and how its answers print them. */
const names: ReadonlyMap<number, string> = new Map([
  [1, 'icmp'],
  [6, 'tcp'],
  [17, 'udp'],
  [58, 'icmpv6'],
])

/** `tcp`, `6` or `-1` → the IANA number, null for every protocol, undefined when it is none of these. */
export function parseProtocol(word: string): number | null | undefined {
  const lower = word.toLowerCase()
  if (lower === '-1' || lower === 'all') return null
  for (const [number, name] of names) if (name === lower) return number
  if (!/^\d{1,3}$/.test(word)) return undefined
  const number = Number(word)
  return number <= 255 ? number : undefined
}

/** For people: `tcp`, `all`, `132`. */
export const protocolName = (protocol: number | null): string =>
  protocol === null ? 'all' : (names.get(protocol) ?? String(protocol))

export const isIcmp = (protocol: number | null): boolean => protocol === 1 || protocol === 58
export const hasPorts = (protocol: number | null): boolean => protocol === 6 || protocol === 17

export interface Ports {
  readonly from: number
  readonly to: number
}

/**
 * EC2's FromPort and ToPort → the model's ports. EC2 writes -1 for "every type" and "every code" of ICMP, and omits
 * both, or writes 0-65535, for every port. Ports of other protocols mean nothing to EC2 and are left out.
 */
export function readPorts(
  protocol: number | null,
  from: number | undefined,
  to: number | undefined,
): Ports | null {
  if (isIcmp(protocol)) return from === undefined || from === -1 ? null : { from, to: to ?? -1 }
  if (!hasPorts(protocol) || from === undefined || from === -1) return null
  const ports = { from, to: to ?? from }
  return ports.from === 0 && ports.to === 65535 ? null : ports
}

/** For people: `tcp 22`, `tcp 1024-65535`, `icmp type 8 code 0`, `icmp`, `all`. */
export function describePorts(protocol: number | null, ports: Ports | null): string {
  const name = protocolName(protocol)
  if (ports === null) return name
  if (isIcmp(protocol)) return `${name} type ${ports.from}${ports.to === -1 ? '' : ` code ${ports.to}`}`
  return ports.from === ports.to ? `${name} ${ports.from}` : `${name} ${ports.from}-${ports.to}`
}
