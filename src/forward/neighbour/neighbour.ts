/** Who has the next hop's address: the neighbour cache, and whether anybody would answer ARP or ND for it. */
import { formatIp, isIp4, isIp6, type Ip, type Ip6 } from '../../model/address/address.ts'
import { contains, networkOf } from '../../model/address/prefix.ts'
import { interfaceSysctl, sysctlLine } from '../../model/stack/sysctl.ts'
import { peerOf, stackOf } from '../compiled/current.ts'
import type { CompiledLink, CompiledStack, Run } from '../compiled/fabric.ts'
import { isLocal } from '../routing/local-address.ts'
import { lookUp } from '../routing/lookup.ts'
import { stop } from '../netfilter/stop.ts'
import { discover } from './discovery.ts'
import { selectAddress4 } from '../routing/source-address.ts'

const known: ReadonlySet<string> = new Set(['PERMANENT', 'NOARP', 'REACHABLE', 'STALE', 'DELAY', 'PROBE'])

/** Finds the MAC to send to; true when the frame will reach whoever is on the other end. */
export function resolve(run: Run, link: CompiledLink, nextHop: Ip): boolean {
  if (link.loopback || link.link.flags.includes('NOARP')) return true
  const entry = link.neighbours.get(nextHop)
  const peer = peerOf(run.fabric, link)
  const peerMac = peer?.link.mac ?? null
  // What a neighbour tells of itself takes the place of what was known, unless that is permanent (neigh_update).
  const stands = (state: string): boolean => state === 'PERMANENT' || !run.hasLearned(link, nextHop)
  if (entry && entry.mac !== null && known.has(entry.state) && stands(entry.state)) {
    if (peerMac !== null && entry.mac !== peerMac && entry.mac !== 'ff:ff:ff:ff:ff:ff') {
      stop(
        run,
        'dropped',
        'neighbour',
        entry.line,
        `sent to ${entry.mac}, but ${peer?.name ?? ''} of ${peer?.stack.id ?? ''} has ${peerMac}`,
      )
      return false
    }
    if (link.vpc !== null && entry.state === 'PERMANENT' && !isOfEni(run, nextHop, entry.mac)) {
      stop(run, 'unknown', 'neighbour', entry.line, `nobody can tell whether the VPC has ${entry.mac}`)
      return false
    }
    run.recorder?.decide('neighbour', entry.line, `sent to ${entry.mac}`)
    return true
  }
  if (!isIp4(nextHop)) return resolve6(run, link, peer, nextHop)
  // The VPC answers every ARP request itself.
  if (link.vpc !== null || peer === null) return true
  const sender = senderAddress(run, link, nextHop)
  const answered = answers(run, peer, nextHop, sender)
  if (answered !== null) {
    // Who answers a request keeps its sender (arp_process).
    if (sender !== null) run.teach(peer, sender)
    run.recorder?.decide('neighbour', answered, `${peer.stack.id} answers for ${formatIp(nextHop)}`)
    return true
  }
  return isLearned(run, link, nextHop) || unanswered(run, link, nextHop, 'ARP')
}

/** As above, for IPv6, where whoever is asked may be kept from answering by rules. */
function resolve6(run: Run, link: CompiledLink, peer: CompiledLink | null, nextHop: Ip6): boolean {
  if (isLearned(run, link, nextHop)) return true
  if (peer === null && link.vpc === null) return true
  let line: string | null = null
  const found = discover(run, link, peer, nextHop, () => {
    line = peer === null ? null : answers6(run, peer, nextHop)
    return line
  })
  if (found === 'nobody') return unanswered(run, link, nextHop, 'neighbour solicitation')
  if (found === 'found') {
    if (peer !== null && line !== null)
      run.recorder?.decide('neighbour', line, `${peer.stack.id} answers for ${formatIp(nextHop)}`)
    return true
  }
  // An entry that nobody read may be there already.
  if (stackOf(run.fabric, link).stack.neighbours === null && run.stop?.kind === 'dropped')
    run.stop = { ...run.stop, kind: 'unknown' }
  return false
}

function isLearned(run: Run, link: CompiledLink, nextHop: Ip): boolean {
  if (!run.hasLearned(link, nextHop)) return false
  const mac = peerOf(run.fabric, link)?.link.mac ?? null
  const line = `${formatIp(nextHop)} dev ${link.name}${mac === null ? '' : ` lladdr ${mac}`} STALE`
  run.recorder?.decide('neighbour', line, 'learned from its own request')
  return true
}

function unanswered(run: Run, link: CompiledLink, nextHop: Ip, question: string): false {
  if (run.stop !== null) return false
  const entry = link.neighbours.get(nextHop)
  const read = stackOf(run.fabric, link).stack.neighbours !== null
  const by = entry?.line ?? (read ? `${formatIp(nextHop)} dev ${link.name} FAILED` : 'ip neigh')
  const nobody = `nobody answers ${question} for ${formatIp(nextHop)} on ${link.name}`
  // Whether the other end answers for others is a setting of its own.
  const peer = peerOf(run.fabric, link)
  if (isIp4(nextHop) && peer !== null && !peer.settings.isRead) {
    const name = interfaceSysctl(4, peer.name, 'proxy_arp')
    stop(run, 'unknown', 'neighbour', name, `${nobody}, unless ${name} is on, which was not read`)
  } else if (read) stop(run, 'dropped', 'neighbour', by, nobody)
  else stop(run, 'unknown', 'neighbour', by, `${nobody}, and the neighbours of the stack were not read`)
  return false
}

/** EC2 tells the MAC of each ENI, and not that of its router. */
const isOfEni = ({ fabric }: Run, address: Ip, mac: string): boolean =>
  fabric.fabric.vpc?.interfaces.some(
    (eni) => eni.mac.toLowerCase() === mac && eni.addresses.some((one) => one.address === address),
  ) === true

/** The line by which the other end answers, or null. net/ipv6/ndisc.c ndisc_recv_ns */
function answers6(run: Run, peer: CompiledLink, target: Ip6): string | null {
  if (!peer.up) return null
  const own = peer.link.addresses.find((address) => address.address === target)
  if (own) return own.line
  if (stackOf(run.fabric, peer).forwarding6 === 0) return null
  // A router has the first address of each of its subnets as well (RFC 4291, section 2.6.1).
  const subnet = peer.link.addresses.find(
    ({ address, length }) => isIp6(address) && length < 127 && networkOf({ address, length }) === target,
  )
  if (subnet) return subnet.line
  return peer.settings6.proxyArp && peer.proxied.has(target) ? proxyLine(run, peer, target) : null
}

/** The line by which the other end answers, or null. net/ipv4/arp.c arp_process */
function answers(run: Run, peer: CompiledLink, target: Ip, sender: Ip | null): string | null {
  if (!peer.up) return null
  const own = peer.link.addresses.find((address) => address.address === target)
  const stack = stackOf(run.fabric, peer)
  const { settings } = peer
  if (isLocal(stack, target)) {
    if (ignores(run, peer, target, sender)) return null
    if (sender !== null && !sourceAccepted(run, peer, sender, target)) return null
    return own?.line ?? localLine(stack, target)
  }
  if (sender === null || settings.forwarding === 0) return null
  const found = lookUp(run, stack.routing, arpKey(peer, sender, target))
  if (found.kind !== 'route' || found.route.route.type !== 'unicast') return null
  const out = found.route.hops[found.usable[0] ?? 0]?.link ?? null
  if (out === peer) return null
  if (!settings.proxyArp && !peer.proxied.has(target)) return null
  return sourceAccepted(run, peer, sender, target) ? proxyLine(run, peer, target) : null
}

/** arp_ignore of net/ipv4/arp.c, with confirm_addr_indev of net/ipv4/devinet.c. */
function ignores(run: Run, peer: CompiledLink, target: Ip, sender: Ip | null): boolean {
  const has = ({ addresses }: CompiledLink['link']): boolean =>
    addresses.some((one) => one.address === target && one.scope !== 'host')
  switch (peer.settings.arpIgnore) {
    case 1:
      return !peer.link.addresses.some((one) => one.address === target)
    case 2:
      // The address must be the device's, and asker and asked in one subnet of it.
      return !(
        peer.link.addresses.some((one) => one.address === target) &&
        peer.link.addresses.some((one) => contains(one, target) && (sender === null || contains(one, sender)))
      )
    case 3:
      return ![...stackOf(run.fabric, peer).links.values()].some((link) => has(link.link))
    case 8:
      return true
    default:
      return false
  }
}

const proxyLine = (run: Run, peer: CompiledLink, target: Ip): string =>
  peer.proxied.has(target)
    ? `${formatIp(target)} dev ${peer.name} proxy`
    : sysctlLine(
        stackOf(run.fabric, peer).stack.sysctls ?? new Map(),
        interfaceSysctl(4, peer.name, 'proxy_arp'),
      )

const localLine = ({ routing }: CompiledStack, target: Ip): string =>
  routing.tables.get('local')?.covering(target).next().value?.route.line ?? `local ${formatIp(target)}`

const arpKey = (peer: CompiledLink, sender: Ip, target: Ip) =>
  ({
    dst: target,
    src: sender,
    iif: peer.name,
    oif: null,
    mark: 0,
    tos: 0,
    protocol: 0,
    sourcePort: 0,
    destinationPort: 0,
    uid: 0,
    anyLinkState: false,
  }) as const

/** arp_solicit: the packet's own source where it is of this stack, else an address of the device. */
function senderAddress(run: Run, link: CompiledLink, target: Ip): Ip | null {
  const { src } = run.packet
  const { arpAnnounce } = link.settings
  if (isIp4(src) && arpAnnounce < 2 && isLocal(stackOf(run.fabric, link), src)) {
    const within = link.link.addresses.some((address) => address.address === src)
    if (arpAnnounce === 0 || within) return src
  }
  return selectAddress4(stackOf(run.fabric, link), link, target, 253)
}

/** The request itself passes the peer's input routing: its sender must be believable there. */
function sourceAccepted(run: Run, peer: CompiledLink, sender: Ip, target: Ip): boolean {
  const stack = stackOf(run.fabric, peer)
  const { routing } = stack
  if (isLocal(stack, sender) && peer.settings.acceptLocal !== true) return false
  const mode = peer.settings.rpFilter ?? 0
  if (mode === 0) return true
  const back = lookUp(run, routing, { ...arpKey(peer, target, sender), iif: 'lo' })
  if (back.kind !== 'route') return false
  return mode === 2 || back.route.hops.some((hop) => hop.link === peer)
}
