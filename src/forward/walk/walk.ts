/** One direction of a flow: from stack to stack until it is delivered, leaves for the internet, or stops. */
import type { Packet } from '../../model/packet/packet.ts'
import { internetStack } from '../../model/stack/stack-id.ts'
import { cost } from '../run/budget.ts'
import { currentLink, peerOf, stackOf } from '../compiled/current.ts'
import type { CompiledLink, Run } from '../compiled/fabric.ts'
import { isDetoured } from './detour.ts'
import { receive } from './input.ts'
import { resolve } from '../neighbour/neighbour.ts'
import { exhausted, stop } from '../netfilter/stop.ts'
import { output, type Sending } from './output.ts'
import { packetOf } from '../run/packet-state.ts'
import type { PolicyCrossing, VpcOutcome } from '../run/boundaries.ts'

/** `internet`: it left for hosts that nobody knows; `run.packet` is as it left. */
export type Ending = 'delivered' | 'internet' | 'stopped'

/** More stacks than any path has: TTLs end loops long before, unless something between does not count them. */
const mostHops = 300

/** Sends `run.packet` from `run.stack` and follows it. */
export function walkFrom(run: Run, sending: Sending): Ending {
  return output(run, sending) ? travel(run) : ended(run)
}

/** A packet that the internet sends: in through the VPC, then on. */
export function walkFromInternet(run: Run): Ending {
  if (run.vpc === null) {
    run.recorder?.enter(internetStack, null, null)
    stop(run, 'unknown', 'gateway', 'vpc', 'the VPC was not read')
    return 'stopped'
  }
  const outcome = run.vpc.fromInternet({
    packet: packetOf(run.packet),
    direction: run.direction,
    record: run.recorder !== null,
    everyLine: run.recorder?.noting === true,
  })
  const link = afterVpc(run, outcome)
  if (link === null) return 'stopped'
  if (link === 'internet') return 'internet'
  return arrive(run, link) ? travel(run) : ended(run)
}

function ended(run: Run): Ending {
  if (run.stop !== null) return 'stopped'
  run.recorder?.receive(run.packet)
  return 'delivered'
}

function travel(run: Run): Ending {
  for (; run.hops < mostHops; run.hops++) {
    run.budget.left -= cost.hop
    if (run.budget.left < 0) {
      exhausted(run, 'link', run.outLink?.link.line ?? run.stack.id)
      return 'stopped'
    }
    const next = transmit(run)
    if (next === 'internet') return 'internet'
    if (next === null || !arrive(run, next)) return ended(run)
  }
  stop(run, 'dropped', 'ttl', `${mostHops} hops`, 'the packet goes in circles')
  return 'stopped'
}

/** True: it goes on. False: it was delivered here, or stopped. */
function arrive(run: Run, link: CompiledLink): boolean {
  run.recorder?.enter(run.stack.id, link.name, run.packet)
  run.sign(run.stack.index)
  run.inLink = link
  run.outLink = null
  run.gateway = null
  run.routeMtu = null
  if (run.choices.careful) {
    run.place.length = 0
    if (run.hasMet('arrives')) return false
  }
  const sender = peerOf(run.fabric, link)
  if (sender !== null && !policy(run, sender, link, 'egress')) return false
  return receive(run, link) === 'forwarded'
}

/** Puts the frame on the wire; the interface that it comes in by, on whatever stack that is. */
function transmit(run: Run): CompiledLink | 'internet' | null {
  const link = run.outLink
  if (link === null) throw new Error(`${run.stack.id} sends a packet by no interface`)
  run.recorder?.leave(link.name, run.packet)
  run.sign(link.link.index)
  run.signPacket()
  if (isDetoured(run, ['tc'], 'out', link.name)) return null
  if (link.loopback) {
    run.local = false
    run.outLink = null
    return link
  }
  if (!link.up || !link.carrier) {
    stop(
      run,
      'dropped',
      'link',
      link.link.line,
      link.up ? `${link.name} has no carrier` : `${link.name} is down`,
    )
    return null
  }
  if (!resolve(run, link, run.gateway ?? run.packet.dst)) return null
  if (link.vpc !== null) return cross(run, link, link.vpc.eni)
  const peer = peerOf(run.fabric, link)
  if (peer === null) return nowhere(run, link)
  if (!policy(run, peer, link, 'ingress')) return null
  if (!peer.up) {
    stop(run, 'dropped', 'link', peer.link.line, `${peer.name} of ${peer.stack.id} is down`)
    return null
  }
  // veth drops what its receiving end could not hold, a VLAN tag over (is_skb_forwardable).
  const size = Math.min(
    run.packet.length,
    run.packet.dontFragment ? Infinity : (run.routeMtu ?? link.link.mtu),
  )
  if (size > peer.link.mtu + 4) {
    stop(
      run,
      'dropped',
      'mtu',
      peer.link.line,
      `${size} octets are more than ${peer.name} of ${peer.stack.id} takes`,
    )
    return null
  }
  // Between namespaces the mark is wiped (skb_scrub_packet).
  const next = stackOf(run.fabric, peer)
  if (next !== run.stack) run.packet.mark = 0
  run.moveTo(next)
  return peer
}

function nowhere(run: Run, link: CompiledLink): null {
  if (link.link.kind === 'dummy') stop(run, 'dropped', 'link', link.link.line, `${link.name} leads nowhere`)
  else stop(run, 'unknown', 'link', link.link.line, `where ${link.name} leads was not read`)
  return null
}

/** Policies of a pod are enforced at the host end of its veth. `near` is the pod's end when the packet leaves the pod. */
function policy(run: Run, pod: CompiledLink, host: CompiledLink, side: PolicyCrossing['side']): boolean {
  if (run.policy === null) return true
  if (pod.stack.kind !== 'pod' || host.stack.kind === 'pod') return true
  if (!run.policy.judges(pod.stack.id)) return true
  const outcome = run.policy.cross({
    pod: pod.stack.id,
    node: host.stack.id,
    side,
    packet: packetOf(run.packet),
    direction: run.direction,
  })
  const { decision } = outcome
  if (outcome.kind === 'allowed') {
    if (decision) run.recorder?.decide(decision.stage, decision.by, decision.effect)
    return true
  }
  run.stop = { kind: outcome.kind, decision: outcome.decision }
  return false
}

function cross(run: Run, link: CompiledLink, eni: string | null): CompiledLink | 'internet' | null {
  if (run.vpc === null) {
    stop(run, 'unknown', 'link', link.link.line, 'it leaves for the VPC, which was not read')
    return null
  }
  const outcome = run.vpc.cross({
    stack: run.stack.id,
    interface: link.name,
    eni,
    packet: packetOf(run.packet),
    direction: run.direction,
    record: run.recorder !== null,
    everyLine: run.recorder?.noting === true,
  })
  return afterVpc(run, outcome)
}

function afterVpc(run: Run, outcome: VpcOutcome): CompiledLink | 'internet' | null {
  run.recorder?.insert(outcome.hops, outcome.evaluated)
  switch (outcome.kind) {
    case 'dropped':
    case 'unknown':
      run.stop = { kind: outcome.kind, decision: outcome.decision }
      run.stoppedAt = outcome.at
      return null
    case 'internet':
      adopt(run, outcome.packet)
      return 'internet'
    case 'arrives': {
      adopt(run, outcome.packet)
      const wired = run.fabric.enis.get(outcome.eni)
      const link = wired && currentLink(run.fabric, wired)
      if (link) {
        run.moveTo(stackOf(run.fabric, link))
        return link
      }
      // Something of the VPC that nobody looked into: a load balancer, an endpoint, a node that was not read.
      run.recorder?.enter(outcome.eni, null, null)
      if (outcome.answers !== null) {
        run.recorder?.note(outcome.answers)
        return 'internet'
      }
      stop(run, 'unknown', 'link', outcome.eni, `the stack behind ${outcome.eni} was not read`)
      run.stoppedAt = outcome.eni
      return null
    }
  }
}

/** What came out of the VPC: gateways translate addresses and ports. A port that nobody knew stays so. */
function adopt(run: Run, packet: Packet): void {
  const before = run.packet
  before.src = packet.src
  before.dst = packet.dst
  before.ttl = packet.ttl
  before.mark = 0
  if (packet.sourcePort !== null) before.sourcePort = packet.sourcePort
  if (packet.destinationPort !== null) before.destinationPort = packet.destinationPort
  run.signPacket()
}
