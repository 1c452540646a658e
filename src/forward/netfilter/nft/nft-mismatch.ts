/** What a match of an nftables rule lacked, for who asks why the rule was passed over. */
import { formatIp } from '../../../model/address/address.ts'
import { type Mismatch, type MismatchCode, mismatch } from '../../../model/path/evaluated.ts'
import type { NftValue } from '../../../model/stack/nft.ts'
import { protocolName } from '../../../model/packet/packet.ts'
import type { Run } from '../../compiled/fabric.ts'
import { isMembers } from './nft-words.ts'

/** `value` said no to the packet. The header fields that people compare get words of their own; of others the rule stands. */
export function nftMismatch(run: Run, value: NftValue, line: string): Mismatch {
  const other = mismatch('other', { text: line })
  const match = isMembers(value) ? value['match'] : undefined
  if (!isMembers(match)) return other
  const asked = fieldOf(run, match['left'])
  const want = textOf(match['right'])
  if (asked === null || want === null) return other
  return mismatch(asked.code, { want, got: asked.got, not: match['op'] === '!=' })
}

type FieldCode = Extract<
  MismatchCode,
  | 'source'
  | 'destination'
  | 'source-port'
  | 'destination-port'
  | 'protocol'
  | 'in-interface'
  | 'out-interface'
  | 'mark'
>

function fieldOf(
  run: Run,
  left: NftValue | undefined,
): { readonly code: FieldCode; readonly got: string } | null {
  if (!isMembers(left)) return null
  const { packet } = run
  const { payload, meta } = left
  if (isMembers(payload))
    switch (payload['field']) {
      case 'saddr':
        return { code: 'source', got: formatIp(packet.src) }
      case 'daddr':
        return { code: 'destination', got: formatIp(packet.dst) }
      case 'sport':
        return packet.sourcePort < 0 ? null : { code: 'source-port', got: String(packet.sourcePort) }
      case 'dport':
        return packet.destinationPort < 0
          ? null
          : { code: 'destination-port', got: String(packet.destinationPort) }
      case 'protocol':
        return { code: 'protocol', got: protocolName(packet.protocol) }
      default:
        return null
    }
  switch (isMembers(meta) ? meta['key'] : null) {
    case 'iifname':
      return { code: 'in-interface', got: run.inLink?.name ?? '' }
    case 'oifname':
      return { code: 'out-interface', got: run.outLink?.name ?? '' }
    case 'l4proto':
      return { code: 'protocol', got: protocolName(packet.protocol) }
    case 'mark':
      return { code: 'mark', got: `0x${packet.mark.toString(16)}` }
    default:
      return null
  }
}

/** As nft writes it: `10.0.0.0/8`, `53-60`, `{ tcp, udp }`, `@services`. Null: too much for a sentence. */
function textOf(right: NftValue | undefined): string | null {
  if (typeof right === 'string' || typeof right === 'number') return String(right)
  if (!isMembers(right)) return null
  const { prefix, range, set } = right
  if (isMembers(prefix)) return `${String(prefix['addr'])}/${String(prefix['len'])}`
  if (Array.isArray(range)) return range.map(String).join('-')
  if (!Array.isArray(set) || set.length > 8) return null
  const members = set.map((one: NftValue) => textOf(one))
  return members.includes(null) ? null : `{ ${members.join(', ')} }`
}
