/** Why a packet left its node by an ENI that has not its source: AWS drops it there, and the line at fault is the node's. */
import { tableNumber } from '../../intent/vpc-cni/table-number.ts'
import { formatIp, parseIp, type Ip } from '../../model/address/address.ts'
import { contains, isHostPrefix } from '../../model/address/prefix.ts'
import type { Hop, Path } from '../../model/path/path.ts'
import type { NetworkStack } from '../../model/stack/stack.ts'
import { stackKind, type StackId } from '../../model/stack/stack-id.ts'
import type { Eni, Vpc } from '../../model/vpc/vpc.ts'

interface OnNode {
  readonly at: StackId
  /** The packet's source. */
  readonly address: string
  /** That has the address, and the interface by which the packet left instead. */
  readonly eni: string
  readonly device: string
}

export type WrongEni =
  /** A pod's address is of a later ENI, and no policy rule leads what comes from it to that ENI's table. */
  | (OnNode & { readonly kind: 'source-rule'; readonly expected: string })
  /** A policy rule leads what comes from the address to the table of another ENI than its own. */
  | (OnNode & { readonly kind: 'source-rule-stale'; readonly line: string })
  /** The node gave the packet its primary address, and no rule takes what it marked for that to the main table. */
  | (OnNode & { readonly kind: 'mark-rule'; readonly expected: string })

/** Null: the packet was not dropped for its source, or by no fault of its node. */
export function wrongEni(
  path: Path,
  stacks: ReadonlyMap<StackId, NetworkStack>,
  vpc: Vpc | null,
): WrongEni | null {
  if (vpc === null) return null
  for (const hops of [path.forward, path.reply]) {
    const end = hops.findIndex((hop) => hop.decisions.at(-1)?.stage === 'source-dest-check')
    const node = hops[end - 1]
    const stack = node && stacks.get(node.stack)
    if (node && stack && stackKind(node.stack) === 'node' && node.out !== null)
      return blame(node, node.out, stack, vpc)
  }
  return null
}

function blame(hop: Hop, device: string, stack: NetworkStack, vpc: Vpc): WrongEni | null {
  const source = parseIp(hop.packetOut?.src ?? '')
  const mac = stack.links.find(({ name }) => name === device)?.mac
  const left = vpc.interfaces.find((eni) => eni.mac === mac)
  const owner = source === undefined ? undefined : vpc.interfaces.find((eni) => has(eni, source))
  if (source === undefined || !left?.attachment || !owner?.attachment || owner === left) return null
  // A source that is another node's is nothing that a rule of this one could mend.
  if (owner.attachment.instance !== left.attachment.instance) return null
  const on: OnNode = { at: hop.stack, address: formatIp(source), eni: owner.id, device }
  if (hop.packetIn !== null && hop.packetIn.src !== hop.packetOut?.src) {
    const mark = markOf(stack)
    const there = stack.rules?.some(
      ({ fwmark, action }) => fwmark !== null && action.kind === 'lookup' && action.table === 'main',
    )
    return there === true
      ? null
      : { ...on, kind: 'mark-rule', expected: `1024: from all fwmark ${mark}/${mark} lookup main` }
  }
  const rule = stack.rules?.find(
    ({ from, to, action }) =>
      from !== null && to === null && action.kind === 'lookup' && isHostPrefix(from, source),
  )
  if (rule) return { ...on, kind: 'source-rule-stale', line: rule.line }
  const table = tableNumber(owner.attachment)
  return table === 'main'
    ? null
    : { ...on, kind: 'source-rule', expected: `1536: from ${on.address} lookup ${table}` }
}

const has = (eni: Eni, address: Ip): boolean =>
  eni.addresses.some((one) => one.address === address) ||
  eni.prefixes.some((prefix) => contains(prefix, address))

/** The bit that the VPC CNI marks with (AWS_VPC_K8S_CNI_CONNMARK), as its own rules name it; 0x80 where none does. */
function markOf(stack: NetworkStack): string {
  const lines = (stack.iptables ?? []).flatMap((ruleset) =>
    ruleset.tables.flatMap((table) => table.chains.flatMap((chain) => chain.rules.map(({ line }) => line))),
  )
  for (const line of lines) {
    const found = /--comment "AWS, (?:CONNMARK|primary ENI)" .*--(?:nfmask|set-xmark) (0x[0-9a-f]+)/.exec(
      line,
    )
    if (found?.[1] !== undefined) return found[1]
  }
  return '0x80'
}
