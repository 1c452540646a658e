import { jsonValue } from '../../edge/json.ts'
import { listOf, numberAt, textAt } from '../../edge/fields.ts'

/** What the capture script and tcpdump say on standard error, one line at a time. */
export type CaptureLine =
  | { readonly kind: 'links'; readonly interfaces: ReadonlyMap<number, string> }
  | { readonly kind: 'listening' }
  | { readonly kind: 'captured' | 'received' | 'dropped'; readonly packets: number }
  | { readonly kind: 'absent'; readonly because: string }
  | { readonly kind: 'other'; readonly text: string }

/** tcpdump 4.9 to 4.99, tcpdump.c: main() before the loop, info() after it. */
export function readCaptureLine(line: string): CaptureLine {
  if (line.startsWith('#podpath links ')) return { kind: 'links', interfaces: readInterfaces(line.slice(15)) }
  if (line.startsWith('#podpath absent ')) return { kind: 'absent', because: line.slice(16) }
  if (/^(tcpdump: )?listening on /.test(line)) return { kind: 'listening' }
  const count = /^(\d+) packets? (captured|received by filter|dropped by kernel|dropped by interface)/.exec(
    line,
  )
  const packets = Number(count?.[1])
  switch (count?.[2]) {
    case 'captured':
      return { kind: 'captured', packets }
    case 'received by filter':
      return { kind: 'received', packets }
    case 'dropped by kernel':
    case 'dropped by interface':
      return { kind: 'dropped', packets }
    default:
      return { kind: 'other', text: line }
  }
}

function readInterfaces(json: string): ReadonlyMap<number, string> {
  return new Map(
    listOf(jsonValue(json)).flatMap((row): [number, string][] => {
      const index = numberAt(row, 'ifindex')
      const name = textAt(row, 'ifname')
      return index === undefined || name === undefined ? [] : [[index, name]]
    }),
  )
}
