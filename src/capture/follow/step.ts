import type { Sighting } from '../../model/packet/sighting.ts'
import { isBeyondCapture, type FollowFabric, type Point } from './fabric.ts'
import { rewrites, sameAddresses } from './packet.ts'

/**
 * How far `left` is from being `came` as it left the same stack: 0 is as it came, less one TTL. Null: it cannot be.
 * Routed it has one less TTL, bridged the same. Both are sightings of what may be the same packet (`packetKey`).
 */
export function leavingCost(came: Sighting, left: Sighting, fabric: FollowFabric): number | null {
  if (left.point.stack !== came.point.stack || left.direction === 'in' || left.time < came.time) return null
  const down = came.packet.ttl - left.packet.ttl
  if (down !== 0 && down !== 1) return null
  // Bridged, nothing but the interface changes; and a lone capture without directions sees it once.
  if (
    down === 0 &&
    (left.point.interface === came.point.interface || !sameAddresses(came.packet, left.packet))
  )
    return null
  return rewrites(came.packet, left.packet) + (down === 1 ? 0 : 16) + foreignSource(came, left, fabric)
}

/** A stack translates sources to addresses of its own: a source that is neither kept nor its own is another packet's. */
const foreignSource = (came: Sighting, left: Sighting, fabric: FollowFabric): number =>
  came.packet.source !== left.packet.source && fabric.holds(left.point.stack, left.packet.source) === false
    ? 8
    : 0

/**
 * How far `came` is from being `left` as it came in where that led: at the wire's other end, or wherever the VPC
 * brought it. Null: it cannot be.
 */
export function arrivingCost(left: Sighting, came: Sighting, fabric: FollowFabric): number | null {
  if (came.direction === 'out') return null
  if (!sameAddresses(left.packet, came.packet) || came.packet.ttl > left.packet.ttl) return null
  const peer = fabric.peerOf(left.point)
  if (peer !== null && !isBeyondCapture(peer.stack)) {
    if (came.point.stack !== peer.stack || came.point.interface !== peer.interface) return null
    if (came.packet.ttl !== left.packet.ttl) return null
  } else if (!mayFollow(left.point, came.point, fabric)) return null
  return (left.packet.ttl - came.packet.ttl) * 2 + (came.otherHost ? 1 : 0)
}

/** May a packet that left here, by no known wire, come in there? Not where a wire to elsewhere ends. */
function mayFollow(left: Point, came: Point, fabric: FollowFabric): boolean {
  if (left.stack === came.stack) return false
  const other = fabric.peerOf(came)
  if (other === null) return true
  return isBeyondCapture(other.stack) || (other.stack === left.stack && other.interface === left.interface)
}
