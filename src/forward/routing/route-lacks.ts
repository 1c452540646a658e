/** What policy rules and routes lacked: for who asks why a packet did not go the expected way. Asked only when somebody wants to know. */
import { formatIp } from '../../model/address.ts'
import { lack, type Lack } from '../../model/consulted.ts'
import { protocolName } from '../../model/packet.ts'
import { contains, formatPrefix } from '../../model/prefix.ts'
import type { Route } from '../../model/route.ts'
import type { PolicyRule } from '../../model/rule.ts'
import type { CompiledRoute, Run } from '../compiled/fabric.ts'
import type { FlowKey } from '../compiled/flow-key.ts'
import type { PrefixTable } from '../compiled/prefix-table.ts'
import { hex } from '../run/hex.ts'

/** Why a policy rule was passed over: every selector that did not match. */
export function ruleLacks(rule: PolicyRule, key: FlowKey): readonly Lack[] {
  if (rule.not) return [lack('excluded', {})]
  const lacks: Lack[] = []
  if (rule.to !== null && !contains(rule.to, key.dst))
    lacks.push(lack('destination', { want: formatPrefix(rule.to), got: formatIp(key.dst), not: false }))
  if (rule.from !== null && key.src === null && rule.from.length !== 0)
    lacks.push(lack('no-source', { want: formatPrefix(rule.from) }))
  else if (rule.from !== null && key.src !== null && !contains(rule.from, key.src))
    lacks.push(lack('source', { want: formatPrefix(rule.from), got: formatIp(key.src), not: false }))
  const wanted = (want: string | number, got: string | number) => ({
    want: String(want),
    got: String(got),
    not: false,
  })
  if (rule.iif !== null && (rule.iifDetached || rule.iif !== key.iif))
    lacks.push(lack('in-interface', wanted(rule.iif, key.iif)))
  if (rule.oif !== null && (rule.oifDetached || rule.oif !== key.oif?.name))
    lacks.push(lack('out-interface', wanted(rule.oif, key.oif?.name ?? '')))
  const { fwmark, tos } = rule
  if (fwmark !== null && ((fwmark.value ^ key.mark) & fwmark.mask) !== 0)
    lacks.push(lack('mark', wanted(`${hex(fwmark.value)}/${hex(fwmark.mask)}`, hex(key.mark))))
  if (tos !== null && tos !== 0 && (tos & 0xfc) !== (key.tos & 0xfc))
    lacks.push(lack('tos', wanted(hex(tos), hex(key.tos))))
  if (rule.ipProtocol !== null && rule.ipProtocol !== key.protocol)
    lacks.push(lack('protocol', wanted(protocolName(rule.ipProtocol), protocolName(key.protocol))))
  const outside = (range: PolicyRule['sourcePort'], port: number): range is { from: number; to: number } =>
    range !== null && port >= 0 && (port < range.from || port > range.to)
  if (outside(rule.sourcePort, key.sourcePort))
    lacks.push(lack('source-port', wanted(rangeText(rule.sourcePort), key.sourcePort)))
  if (outside(rule.destinationPort, key.destinationPort))
    lacks.push(lack('destination-port', wanted(rangeText(rule.destinationPort), key.destinationPort)))
  const { uidRange } = rule
  if (uidRange !== null && key.uid !== null && (key.uid < uidRange.from || key.uid > uidRange.to))
    lacks.push(lack('user', wanted(rangeText(uidRange), key.uid)))
  return lacks.length > 0 ? lacks : [lack('other', { text: 'its selectors' })]
}

const rangeText = ({ from, to }: { readonly from: number; readonly to: number }): string =>
  from === to ? String(from) : `${from}-${to}`

/** More routes than this are not each held against the packet; those that cover the destination always are. */
const mostOthers = 2000

/** Notes every route of a table that was looked into: the one taken, and what the others lacked. */
export function consultRoutes(
  run: Run,
  name: string,
  table: PrefixTable<CompiledRoute>,
  key: FlowKey,
  taken: CompiledRoute | null,
): void {
  const { recorder } = run
  if (!recorder) return
  const chosen = taken?.route ?? null
  const note = (route: Route, lacks: readonly Lack[]): void => {
    recorder.consult('route', name, route.line, route === chosen, route === chosen ? [] : lacks)
  }
  for (const { route } of table.covering(key.dst)) note(route, [routeLack(route, chosen, key)])
  let others = 0
  for (const level of table.levels)
    for (const bucket of level.buckets.values())
      for (const { route } of bucket) {
        if (contains(route.destination, key.dst)) continue
        if (others++ >= mostOthers) return
        note(route, [
          lack('destination', {
            want: formatPrefix(route.destination),
            got: formatIp(key.dst),
            not: false,
          }),
        ])
      }
}

function routeLack(route: Route, chosen: Route | null, key: FlowKey): Lack {
  if (route.tos !== 0 && (route.tos & 0xfc) !== (key.tos & 0xfc))
    return lack('tos', { want: hex(route.tos), got: hex(key.tos), not: false })
  if (chosen === null) return route.type === 'throw' ? lack('throws', {}) : lack('unusable', {})
  if (route.destination.length < chosen.destination.length)
    return lack('shorter-prefix', { length: route.destination.length, chosen: chosen.destination.length })
  if (route.destination.length > chosen.destination.length) return lack('unusable', {})
  if (route.metric > chosen.metric)
    return lack('larger-metric', { metric: route.metric, chosen: chosen.metric })
  return route.metric < chosen.metric ? lack('unusable', {}) : lack('later', {})
}
