/** Which pod has which address, as ipamd tells it: its checkpoint (ipam.json) and its introspection (enis.json). */
import { parseJson } from '../../edge/json.ts'
import { isRow, rowsOf, textOf, type Row } from '../../linux/record.ts'
import { tableNumber } from '../../intent/vpc-cni/table-number.ts'
import { formatIp4, parseIp4 } from '../../model/address/address.ts'
import type { PodName } from '../derived/derived-pod.ts'

export interface PodNames {
  /** By the address's text. */
  readonly names: ReadonlyMap<string, PodName>
  /** One sentence for each file that could not be used. */
  readonly problems: readonly { readonly file: string; readonly because: string }[]
}

/** Objects nest six deep in enis.json; hostile input may nest more. */
const deepest = 12

/** Reads both; ipamd may be switched off, too old or too young for either, so neither is needed. Never throws. */
export function readPodNames(files: ReadonlyMap<string, string>): PodNames {
  const names = new Map<string, PodName>()
  const problems: { file: string; because: string }[] = []
  for (const file of ['ipamd/ipam.json', 'ipamd/enis.json']) {
    const text = files.get(file)?.trim() ?? ''
    // curl keeps what the server said of a path that it does not know.
    if (text === '' || text === '404 page not found') continue
    const parsed = parseJson(text)
    if ('problem' in parsed) problems.push({ file, because: `line ${parsed.line}: ${parsed.problem}` })
    else collect(parsed.value, names, 0)
  }
  if (names.size === 0 && problems.length === 0)
    problems.push({ file: 'ipamd/', because: 'no pod names: pods are called by their addresses' })
  return { names, problems }
}

function collect(value: unknown, names: Map<string, PodName>, depth: number): void {
  if (depth > deepest) return
  if (Array.isArray(value)) {
    for (const item of value) collect(item, names, depth + 1)
    return
  }
  if (!isRow(value)) return
  note(value, names)
  for (const item of Object.values(value)) if (typeof item === 'object') collect(item, names, depth + 1)
}

/** `{"ipv4", "metadata"}` of the checkpoint; `{"Address", "IPAMMetadata"}` of the introspection. */
function note(row: Row, names: Map<string, PodName>): void {
  const address = parseIp4(textOf(row, 'ipv4') ?? textOf(row, 'Address') ?? '')
  const [metadata] = [row['metadata'], row['IPAMMetadata']].filter(isRow)
  if (address === undefined || !metadata) return
  const namespace = textOf(metadata, 'k8sPodNamespace') ?? ''
  const name = textOf(metadata, 'k8sPodName') ?? ''
  if (isName(namespace) && isName(name)) names.set(formatIp4(address), { namespace, name })
}

/** A DNS subdomain, as Kubernetes names pods (RFC 1123). */
const isName = (text: string): boolean => /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(text)

/**
 * The ENIs that ipamd tells of, by the routing table of their pods. One store (`{"ENIs"}`), a list of them, or, since CNI 1.21,
 * one for each network card (`{"0": {"ENIs"}, "1": …}`).
 */
export function readEniIds(files: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const byTable = new Map<string, string>()
  const read = parseJson(files.get('ipamd/enis.json') ?? 'null')
  // What is wrong with the file has been said by readPodNames, which reads it too.
  if ('problem' in read) return byTable
  for (const [card, store] of storesOf(read.value)) {
    const enis = store['ENIs']
    if (!isRow(enis)) continue
    for (const [id, eni] of Object.entries(enis)) {
      const device = isRow(eni) ? eni['DeviceNumber'] : undefined
      if (/^eni-[0-9a-f]{1,17}$/.test(id) && typeof device === 'number')
        byTable.set(String(tableNumber({ deviceIndex: device, networkCard: card })), id)
    }
  }
  return byTable
}

function storesOf(value: unknown): readonly (readonly [card: number, store: Row])[] {
  if (Array.isArray(value)) return value.filter(isRow).map((store) => [0, store])
  if (!isRow(value)) return []
  const byCard = Object.entries(value).flatMap(([key, store]): [number, Row][] =>
    /^\d{1,2}$/.test(key) && isRow(store) ? [[Number(key), store]] : [],
  )
  return [[0, value], ...rowsOf(value, 'DataStores').map((store): [number, Row] => [0, store]), ...byCard]
}
