import { formatIp4, parseIp4, type Ip4 } from '../../model/address/address.ts'
import { dnsLabels } from '../../wire/dns/name.ts'
import {
  addressRecord,
  aliasRecord,
  authorityRecord,
  pointerRecord,
  reverseName,
  serviceRecord,
  textRecord,
  zoneOf,
  type Zone,
  type ZoneRecord,
} from './zone.ts'

/** What the Kubernetes side writes for CoreDNS to read: JSON of this shape. */
export interface ClusterZoneFile {
  /** `cluster.local` */
  readonly domain: string
  readonly namespaces: readonly string[]
  readonly services: readonly ClusterZoneService[]
}

export interface ClusterZoneService {
  readonly namespace: string
  readonly name: string
  /** Null for a headless service or one that is only a name. */
  readonly clusterIP: string | null
  /** Where a service of type ExternalName points; null otherwise. */
  readonly externalName: string | null
  readonly ports: readonly { readonly name: string; readonly protocol: string; readonly port: number }[]
  /** Those to be published: ready, or all with publishNotReadyAddresses. */
  readonly endpoints: readonly { readonly address: string; readonly hostname: string | null }[]
}

/** CoreDNS's `kubernetes` plugin: ttl, and the SOA record's numbers. */
const ttl = 5

/**
 * The names of the Kubernetes DNS specification 1.1.0 as CoreDNS serves them with `pods insecure` and
 * `fallthrough in-addr.arpa`. Throws when the text is not such a file; single bad entries are left out.
 */
export function clusterZone(json: string, serial: number): Zone {
  const { domain, namespaces, services } = readZoneFile(json)
  const soa = authorityRecord(`ns.dns.${domain}`, `hostmaster.${domain}`, [serial, 7200, 1800, 86400, ttl])
  const entries: (readonly [string, ZoneRecord])[] = [[`dns-version.${domain}`, textRecord('1.1.0', ttl)]]
  for (const service of services) {
    const owner = `${service.namespace}.svc.${domain}`
    if (!dnsLabels(`${service.name}.${owner}`)) continue
    entries.push(...serviceEntries(service, `${service.name}.${owner}`))
    const dns =
      service.namespace === 'kube-system' && service.name === 'kube-dns'
        ? parseIp4(service.clusterIP ?? '')
        : undefined
    if (dns !== undefined) entries.push([`ns.dns.${domain}`, addressRecord(dns, ttl)])
  }
  const known = new Set(namespaces)
  return zoneOf(
    [
      { name: domain, soa, fallthrough: false },
      { name: 'in-addr.arpa', soa, fallthrough: true },
    ],
    entries,
    (name) => podRecords(name, domain, known),
    namespaces.flatMap((namespace) => [`${namespace}.svc.${domain}`, `${namespace}.pod.${domain}`]),
  )
}

function serviceEntries(service: ClusterZoneService, name: string): (readonly [string, ZoneRecord])[] {
  if (service.externalName !== null)
    return dnsLabels(service.externalName)
      ? [[name, aliasRecord(service.externalName.replace(/\.$/, ''), ttl)]]
      : []

  const endpoints = service.endpoints.flatMap(({ address, hostname }) => {
    const parsed = parseIp4(address)
    if (parsed === undefined) return []
    const label = hostname ?? formatIp4(parsed).replaceAll('.', '-')
    return [{ address: parsed, name: `${label}.${name}` }]
  })
  const own = parseIp4(service.clusterIP ?? '')
  const targets: readonly { address: Ip4; name: string }[] =
    own === undefined ? endpoints : [{ address: own, name }]
  const weight = Math.max(1, Math.floor(100 / Math.max(1, targets.length)))
  return [
    ...targets.map(({ address }) => [name, addressRecord(address, ttl)] as const),
    ...endpoints.map((endpoint) => [endpoint.name, addressRecord(endpoint.address, ttl)] as const),
    ...service.ports
      .filter((port) => port.name !== '')
      .flatMap((port) =>
        targets.map(
          (target) =>
            [
              `_${port.name}._${port.protocol.toLowerCase()}.${name}`,
              serviceRecord(target.name, port.port, weight, ttl),
            ] as const,
        ),
      ),
    ...(own === undefined ? [] : [[reverseName(own), pointerRecord(name, ttl)] as const]),
    ...endpoints.map(
      (endpoint) => [reverseName(endpoint.address), pointerRecord(endpoint.name, ttl)] as const,
    ),
  ]
}

/** `192-168-1-10.NAMESPACE.pod.cluster.local`: true of any address, as `pods insecure` has it. */
function podRecords(
  name: string,
  domain: string,
  namespaces: ReadonlySet<string>,
): readonly ZoneRecord[] | undefined {
  const suffix = `.pod.${domain}`
  if (!name.endsWith(suffix)) return undefined
  const [label = '', namespace = '', ...more] = name.slice(0, -suffix.length).split('.')
  const address = /^\d+-\d+-\d+-\d+$/.test(label) ? parseIp4(label.replaceAll('-', '.')) : undefined
  return address === undefined || more.length > 0 || !namespaces.has(namespace)
    ? undefined
    : [addressRecord(address, ttl)]
}

/** Hand-made rather than a schema library: the program must answer within milliseconds of its start. */
function readZoneFile(json: string): ClusterZoneFile {
  const file: unknown = JSON.parse(json)
  if (!isObject(file) || typeof file['domain'] !== 'string' || !dnsLabels(file['domain']))
    throw new Error('a zone file names its domain')
  return {
    domain: file['domain'].toLowerCase(),
    namespaces: listOf(file['namespaces'], isText),
    services: listOf(file['services'], isService),
  }
}

const listOf = <T>(value: unknown, is: (item: unknown) => item is T): readonly T[] =>
  Array.isArray(value) ? value.filter(is) : []

const isText = (value: unknown): value is string => typeof value === 'string'
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null
const isTextOrNull = (value: unknown): value is string | null => value === null || isText(value)
const isLabel = (value: unknown): value is string => isText(value) && /^[A-Za-z0-9_-]{1,63}$/.test(value)

const isService = (value: unknown): value is ClusterZoneService =>
  isObject(value) &&
  isLabel(value['namespace']) &&
  isLabel(value['name']) &&
  isTextOrNull(value['clusterIP']) &&
  isTextOrNull(value['externalName']) &&
  Array.isArray(value['ports']) &&
  value['ports'].every(isServicePort) &&
  Array.isArray(value['endpoints']) &&
  value['endpoints'].every(isEndpoint)

const isServicePort = (value: unknown): boolean =>
  isObject(value) &&
  (value['name'] === '' || isLabel(value['name'])) &&
  isLabel(value['protocol']) &&
  Number.isInteger(value['port']) &&
  Number(value['port']) > 0 &&
  Number(value['port']) <= 65535

const isEndpoint = (value: unknown): boolean =>
  isObject(value) && isText(value['address']) && (value['hostname'] === null || isLabel(value['hostname']))
