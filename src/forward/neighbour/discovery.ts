/**
 * IPv6 asks for a neighbour with packets that pass the hooks as any other does (RFC 4861; net/ipv6/ndisc.c), unlike ARP. So rules
 * decide whether a neighbour is found.
 */
import { formatIp, isIp6, type Ip, type Ip6 } from '../../model/address/address.ts'
import { ICMPV6 } from '../../model/packet/packet.ts'
import type { Decision } from '../../model/path/path.ts'
import { stackOf } from '../compiled/current.ts'
import type { CompiledLink, CompiledStack, HookName, Run } from '../compiled/fabric.ts'
import { runHook } from '../netfilter/hooks.ts'
import { stop } from '../netfilter/stop.ts'
import type { Stop } from '../netfilter/verdict.ts'
import { selectAddress6, scope6 } from '../routing/source-address.ts'
import { aside } from '../run/aside.ts'
import type { PacketState } from '../run/packet-state.ts'

const solicitation = 135
const advertisement = 136

/** With the option that tells the sender's MAC address. */
const length = 72

/** What has been forwarded does not count (ndisc_rcv). */
const hopLimit = 255

/** Who answers: the line that says that it has the address. Null: nobody. */
export type Answerer = () => string | null

/**
 * Asks for `target` on `link`; true when it is known then. `peer`: the other end, where that is a stack; null: the VPC, which
 * answers. False, with nothing said: nobody has the address.
 */
export function discover(
  run: Run,
  link: CompiledLink,
  peer: CompiledLink | null,
  target: Ip6,
  answerer: Answerer,
): 'found' | 'nobody' | 'stopped' {
  const stack = stackOf(run.fabric, link)
  const source = askingAddress(run, link)
  if (source === null) {
    const by = link.link.line
    stop(run, 'unknown', 'neighbour', by, `${link.name} has no address to ask for ${formatIp(target)} with`)
    return 'stopped'
  }
  const question = message(solicitation, source, groupOf(target))
  if (!leaves(run, stack, link, question, target)) return 'stopped'
  let answer = message(advertisement, target, source)
  if (peer !== null) {
    const far = stackOf(run.fabric, peer)
    if (!arrives(run, far, peer, question, target)) return 'stopped'
    // Who hears a question keeps its sender (ndisc_recv_ns).
    run.teach(peer, source)
    const line = answerer()
    if (line === null) return 'nobody'
    const own = peer.link.addresses.some((one) => one.address === target)
    answer = message(advertisement, own ? target : (selectAddress6(far, peer, source) ?? target), source)
    if (!leaves(run, far, peer, answer, target)) return 'stopped'
    if (!isSentBack(run, link, peer, source)) return 'stopped'
  }
  if (!arrives(run, stack, link, answer, target)) return 'stopped'
  run.teach(link, target)
  return 'found'
}

/** The answer goes to whom the one who answers knows by the address: only an entry that is permanent does not learn from the question. */
function isSentBack(run: Run, link: CompiledLink, peer: CompiledLink, source: Ip6): boolean {
  const kept = peer.neighbours.get(source)
  const { mac } = link.link
  if (kept?.state !== 'PERMANENT' || kept.mac === null || mac === null) return true
  if (kept.mac === mac || kept.mac === 'ff:ff:ff:ff:ff:ff') return true
  const [from, to] = [stackOf(run.fabric, peer).id, stackOf(run.fabric, link).id]
  stop(
    run,
    'dropped',
    'neighbour',
    kept.line,
    `${from} answers to ${kept.mac}, but ${link.name} of ${to} has ${mac}`,
  )
  return false
}

/** ndisc_solicit: the packet's own source, where that is an address of the device; else the device's address of the link. */
function askingAddress(run: Run, link: CompiledLink): Ip6 | null {
  const { src } = run.packet
  const usable = link.link.addresses.filter(
    ({ flags }) => !flags.includes('tentative') || flags.includes('optimistic'),
  )
  if (isIp6(src) && usable.some(({ address }) => address === src)) return src
  for (const { address, flags } of usable)
    if (isIp6(address) && scope6(address) === 2 && !flags.includes('tentative')) return address
  return null
}

/** The group of all that may have the address: ff02::1:ff00:0/104 and its last 24 bits (RFC 4291, section 2.7.1). */
const groupOf = (target: Ip6): Ip6 => (0xff0200000000000000000001ff000000n | (target & 0xffffffn)) as Ip6

const message = (icmpType: number, src: Ip, dst: Ip): PacketState => ({
  src,
  dst,
  protocol: ICMPV6,
  ttl: hopLimit,
  sourcePort: 0,
  destinationPort: 0,
  icmpType,
  icmpCode: 0,
  tcpFlags: 0,
  length,
  dontFragment: false,
  tos: 0,
  mark: 0,
})

const leaves = (
  run: Run,
  stack: CompiledStack,
  link: CompiledLink,
  packet: PacketState,
  target: Ip6,
): boolean => passes(run, stack, packet, target, ['output', 'postrouting'], null, link)

const arrives = (
  run: Run,
  stack: CompiledStack,
  link: CompiledLink,
  packet: PacketState,
  target: Ip6,
): boolean => passes(run, stack, { ...packet, mark: 0 }, target, ['prerouting', 'input'], link, null)

/** Through the hooks of one stack; the run stops where one of them does not let it through. `packet` is left as they made it. */
function passes(
  run: Run,
  stack: CompiledStack,
  packet: PacketState,
  target: Ip6,
  hooks: readonly HookName[],
  inLink: CompiledLink | null,
  outLink: CompiledLink | null,
): boolean {
  const kind = packet.icmpType === solicitation ? 'solicitation' : 'advertisement'
  const halted = aside(run, stack, packet, (): Stop | null => {
    run.inLink = inLink
    run.outLink = outLink
    run.local = outLink !== null
    for (const hook of hooks) if (!runHook(run, stack.hooks6, hook, null)) return run.stop
    return null
  })
  if (halted !== null) {
    stop(run, halted.kind, 'neighbour', halted.decision.by, effectOf(stack, kind, target, halted))
    return false
  }
  if (inLink === null || packet.ttl === hopLimit) return true
  const by = `hop limit ${packet.ttl}`
  stop(run, 'dropped', 'neighbour', by, `${stack.id} drops the neighbour ${kind} for ${formatIp(target)}`)
  return false
}

const effectOf = (
  stack: CompiledStack,
  kind: string,
  target: Ip6,
  { kind: verdict, decision }: { readonly kind: Stop['kind']; readonly decision: Decision },
): string =>
  verdict === 'unknown' ? decision.effect : `${stack.id} drops the neighbour ${kind} for ${formatIp(target)}`
