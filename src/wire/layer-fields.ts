import { formatIp, type Ip } from '../model/address/address.ts'
import type { Dissection, Layer } from './dissect.ts'
import { formatTcpFlags } from './transport/tcp.ts'

/** One header for people: its name, its fields in order, and where its octets lie in the frame. */
export interface LayerText {
  readonly name: string
  readonly offset: number
  /** One past its last octet. */
  readonly end: number
  readonly fields: readonly { readonly name: string; readonly value: string }[]
}

const names: { readonly [Kind in Layer['kind']]: string } = {
  ethernet: 'Ethernet II',
  'linux-sll': 'Linux cooked capture',
  'linux-sll2': 'Linux cooked capture v2',
  arp: 'ARP',
  ipv4: 'IPv4',
  ipv6: 'IPv6',
  icmp: 'ICMP',
  icmpv6: 'ICMPv6',
  tcp: 'TCP',
  udp: 'UDP',
  dns: 'DNS',
}

/** Every layer of a frame, opened. The texts may hold anything: strip and escape them before showing. */
export function layerTexts({ layers, payload }: Dissection): readonly LayerText[] {
  return layers.map((layer, i) => ({
    name: names[layer.kind],
    offset: layer.offset,
    end: layers[i + 1]?.offset ?? payload,
    fields: Object.entries(layer.header)
      .filter(([, value]) => !isEmpty(value))
      .map(([key, value]) => ({ name: spaced(key), value: fieldText(layer.kind, key, value) })),
  }))
}

const isEmpty = (value: unknown): boolean =>
  value === null || ((Array.isArray(value) || value instanceof Uint8Array) && value.length === 0)

/** `totalLength` → `total length` */
const spaced = (key: string): string => key.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)

const isAddress = (kind: Layer['kind'], key: string): boolean =>
  ((kind === 'ipv4' || kind === 'ipv6') && (key === 'source' || key === 'destination')) ||
  (kind === 'arp' && key.endsWith('Address'))

function fieldText(kind: Layer['kind'], key: string, value: unknown): string {
  if ((typeof value === 'number' || typeof value === 'bigint') && isAddress(kind, key))
    return formatIp(value as Ip)
  if (typeof value === 'number') {
    if (kind === 'tcp' && key === 'flags')
      return `${formatTcpFlags(value)} (0x${value.toString(16).padStart(2, '0')})`
    if (key === 'checksum' || (key === 'type' && kind === 'ethernet') || (key === 'id' && kind === 'ipv4'))
      return `0x${value.toString(16).padStart(4, '0')} (${value})`
  }
  return valueText(value)
}

function valueText(value: unknown): string {
  if (value instanceof Uint8Array)
    return [...value.subarray(0, 64)].map((octet) => octet.toString(16).padStart(2, '0')).join(' ')
  if (Array.isArray(value)) return value.map(valueText).join('; ')
  if (typeof value === 'object' && value !== null)
    return Object.entries(value)
      .map(([key, inner]) =>
        key === 'address' && (typeof inner === 'number' || typeof inner === 'bigint')
          ? `${key} ${formatIp(inner as Ip)}`
          : `${spaced(key)} ${valueText(inner)}`,
      )
      .join(', ')
  return String(value)
}
