/** What policy rules and routes lacked: for who asks why a packet did not go the expected way. Asked only when somebody wants to know. */
import { formatIp } from '../../model/address/address.ts'
import { mismatch, type Mismatch } from '../../model/path/evaluated.ts'
import { protocolName } from '../../model/packet/packet.ts'
import { contains, formatPrefix } from '../../model/address/prefix.ts'
import type { Route } from '../../model/stack/route.ts'
import type { PolicyRule } from '../../model/stack/rule.ts'
import type { CompiledRoute, Run } from '../compiled/fabric.ts'
import type { FlowKey } from '../compiled/flow-key.ts'
import type { PrefixTable } from '../compiled/prefix-table.ts'
import { hex } from '../run/hex.ts'

/** Why a policy rule was passed over: every selector that did not match. */
export function ruleMismatches(rule: PolicyRule, key: FlowKey): readonly Mismatch[] {
  if (rule.not) return [mismatch('excluded', {})]
  const mismatches: Mismatch[] = []
  if (rule.to !== null && !contains(rule.to, key.dst))
    mismatches.push(
      mismatch('destination', { want: formatPrefix(rule.to), got: formatIp(key.dst), not: false }),
    )
  if (rule.from !== null && key.src === null && rule.from.length !== 0)
    mismatches.push(mismatch('no-source', { want: formatPrefix(rule.from) }))
  else if (rule.from !== null && key.src !== null && !contains(rule.from, key.src))
    mismatches.push(mismatch('source', { want: formatPrefix(rule.from), got: formatIp(key.src), not: false }))
  const wanted = (want: string | number, got: string | number) => ({
    want: String(want),
    got: String(got),
    not: false,
  })
  if (rule.iif !== null && (rule.iifDetached || rule.iif !== key.iif))
    mismatches.push(mismatch('in-interface', wanted(rule.iif, key.iif)))
  if (rule.oif !== null && (rule.oifDetached || rule.oif !== key.oif?.name))
    mismatches.push(mismatch('out-interface', wanted(rule.oif, key.oif?.name ?? '')))
  const { fwmark, tos } = rule
  if (fwmark !== null && ((fwmark.value ^ key.mark) & fwmark.mask) !== 0)
    mismatches.push(mismatch('mark', wanted(`${hex(fwmark.value)}/${hex(fwmark.mask)}`, hex(key.mark))))
  if (tos !== null && tos !== 0 && (tos & 0xfc) !== (key.tos & 0xfc))
    mismatches.push(mismatch('tos', wanted(hex(tos), hex(key.tos))))
  if (rule.ipProtocol !== null && rule.ipProtocol !== key.protocol)
    mismatches.push(mismatch('protocol', wanted(protocolName(rule.ipProtocol), protocolName(key.protocol))))
  const outside = (range: PolicyRule['sourcePort'], port: number): range is { from: number; to: number } =>
    range !== null && port >= 0 && (port < range.from || port > range.to)
  if (outside(rule.sourcePort, key.sourcePort))
    mismatches.push(mismatch('source-port', wanted(rangeText(rule.sourcePort), key.sourcePort)))
  if (outside(rule.destinationPort, key.destinationPort))
    mismatches.push(
      mismatch('destination-port', wanted(rangeText(rule.destinationPort), key.destinationPort)),
    )
  const { uidRange } = rule
  if (uidRange !== null && key.uid !== null && (key.uid < uidRange.from || key.uid > uidRange.to))
    mismatches.push(mismatch('user', wanted(rangeText(uidRange), key.uid)))
  return mismatches.length > 0 ? mismatches : [mismatch('other', { text: 'its selectors' })]
}

const rangeText = ({ from, to }: { readonly from: number; readonly to: number }): string =>
  from === to ? String(from) : `${from}-${to}`

/** More routes than this are not each held against the packet; those that cover the destination always are. */
const mostOthers = 2000

/** Notes every route of a table that was looked into: the one taken, and what the others lacked. */
export function recordRoutes(
  run: Run,
  name: string,
  table: PrefixTable<CompiledRoute>,
  key: FlowKey,
  taken: CompiledRoute | null,
): void {
  const { recorder } = run
  if (!recorder) return
  const chosen = taken?.route ?? null
  const note = (route: Route, mismatches: readonly Mismatch[]): void => {
    recorder.noteEvaluated('route', name, route.line, route === chosen, route === chosen ? [] : mismatches)
  }
  for (const { route } of table.covering(key.dst)) note(route, [routeMismatch(route, chosen, key)])
  let others = 0
  for (const level of table.levels)
    for (const bucket of level.buckets.values())
      for (const { route } of bucket) {
        if (contains(route.destination, key.dst)) continue
        if (others++ >= mostOthers) return
        note(route, [
          mismatch('destination', {
            want: formatPrefix(route.destination),
            got: formatIp(key.dst),
            not: false,
          }),
        ])
      }
}

function routeMismatch(route: Route, chosen: Route | null, key: FlowKey): Mismatch {
  if (route.tos !== 0 && (route.tos & 0xfc) !== (key.tos & 0xfc))
    return mismatch('tos', { want: hex(route.tos), got: hex(key.tos), not: false })
  if (chosen === null) return route.type === 'throw' ? mismatch('throws', {}) : mismatch('unusable', {})
  if (route.destination.length < chosen.destination.length)
    return mismatch('shorter-prefix', { length: route.destination.length, chosen: chosen.destination.length })
  if (route.destination.length > chosen.destination.length) return mismatch('unusable', {})
  if (route.metric > chosen.metric)
    return mismatch('larger-metric', { metric: route.metric, chosen: chosen.metric })
  return route.metric < chosen.metric ? mismatch('unusable', {}) : mismatch('later', {})
}
