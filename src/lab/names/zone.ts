import type { Ip4 } from '../../model/address/address.ts'
import { formatIp4, parseIp4 } from '../../model/address/address.ts'
import { dnsClassInternet, dnsType, type DnsData, type DnsRecord } from '../../wire/dns/message.ts'
import { dnsLabels } from '../../wire/dns/name.ts'

/** Types that wire/dns does not name: RFC 2782. */
export const dnsTypeSrv = 33

/** A record under a name of the zone, without its owner. */
export interface ZoneRecord {
  readonly type: number
  /** Seconds. */
  readonly ttl: number
  readonly data: DnsData
  /** Owners of address records that go along in the additional section (the targets of SRV records). */
  readonly along?: string
}

/** Names in lower case, without the final dot. */
export interface Zone {
  /** The domains this server is the authority for, each with the SOA record that denials carry. */
  readonly origins: readonly {
    readonly name: string
    readonly soa: ZoneRecord
    readonly fallthrough: boolean
  }[]
  readonly records: ReadonlyMap<string, readonly ZoneRecord[]>
  /** Names that hold no record but lead to some. */
  readonly branches: ReadonlySet<string>
  /** Records that follow from the name alone (`192-168-1-10.default.pod.cluster.local`). */
  readonly computed: (name: string) => readonly ZoneRecord[] | undefined
}

/** Puts a zone together; branches follow from the names. */
export function zoneOf(
  origins: Zone['origins'],
  entries: Iterable<readonly [name: string, record: ZoneRecord]>,
  computed: Zone['computed'] = () => undefined,
  emptyNames: readonly string[] = [],
): Zone {
  const records = new Map<string, ZoneRecord[]>()
  for (const [name, record] of entries) {
    const key = name.toLowerCase()
    const list = records.get(key)
    if (list) list.push(record)
    else records.set(key, [record])
  }
  const branches = new Set([''])
  for (const name of [...records.keys(), ...emptyNames, ...origins.map((origin) => origin.name)])
    for (let at = name; at !== ''; at = at.includes('.') ? at.slice(at.indexOf('.') + 1) : '')
      branches.add(at)
  return { origins, records, branches, computed }
}

/** The most specific origin that covers the name. */
export const originOf = (zone: Zone, name: string): Zone['origins'][number] | undefined =>
  zone.origins
    .filter((origin) => origin.name === '' || name === origin.name || name.endsWith(`.${origin.name}`))
    .toSorted((a, b) => b.name.length - a.name.length)[0]

export const withOwner = (name: string, { type, ttl, data }: ZoneRecord): DnsRecord => ({
  name,
  type,
  class: dnsClassInternet,
  ttl,
  data,
})

export const addressRecord = (address: Ip4, ttl: number): ZoneRecord => ({
  type: dnsType.a,
  ttl,
  data: { kind: 'a', address },
})

export const pointerRecord = (name: string, ttl: number): ZoneRecord => ({
  type: dnsType.ptr,
  ttl,
  data: { kind: 'ptr', name },
})

export const aliasRecord = (name: string, ttl: number): ZoneRecord => ({
  type: dnsType.cname,
  ttl,
  data: { kind: 'cname', name },
})

/** RFC 1035 section 3.3.14; at most 255 octets of ASCII here. */
export const textRecord = (text: string, ttl: number): ZoneRecord => ({
  type: dnsType.txt,
  ttl,
  data: { kind: 'other', octets: Uint8Array.of(text.length, ...new TextEncoder().encode(text)) },
})

/** RFC 2782. */
export const serviceRecord = (target: string, port: number, weight: number, ttl: number): ZoneRecord => ({
  type: dnsTypeSrv,
  ttl,
  data: {
    kind: 'other',
    octets: Uint8Array.from([...word(0), ...word(weight), ...word(port), ...nameOctets(target)]),
  },
  along: target,
})

/** RFC 1035 section 3.3.13. */
export const authorityRecord = (
  server: string,
  mailbox: string,
  [serial, refresh, retry, expire, minimum]: readonly [number, number, number, number, number],
): ZoneRecord => ({
  type: dnsType.soa,
  ttl: minimum,
  data: {
    kind: 'other',
    octets: Uint8Array.from([
      ...nameOctets(server),
      ...nameOctets(mailbox),
      ...[serial, refresh, retry, expire, minimum].flatMap((n) => [...word(n >>> 16), ...word(n)]),
    ]),
  },
})

/** `10.0.100.10.in-addr.arpa`, RFC 1035 section 3.5. */
export const reverseName = (address: Ip4): string =>
  `${formatIp4(address).split('.').reverse().join('.')}.in-addr.arpa`

/** The address a whole reverse name speaks of. */
export function addressOfReverse(name: string): Ip4 | undefined {
  const octets = /^([\d.]+)\.in-addr\.arpa$/.exec(name)?.[1]
  return octets === undefined ? undefined : parseIp4(octets.split('.').reverse().join('.'))
}

const word = (n: number): readonly [number, number] => [(n >>> 8) & 255, n & 255]

/** Uncompressed: record data of these types is copied as it stands. */
function nameOctets(name: string): readonly number[] {
  const labels = dnsLabels(name)
  if (!labels) throw new Error(`not a domain name: ${JSON.stringify(name)}`)
  return [...labels.flatMap((label) => [label.length, ...label]), 0]
}
