import { ethernetAt } from '../link/ethernet.ts'
import { etherType } from '../link/ether-type.ts'
import { linkType } from '../link/link-type.ts'
import { linuxSllAt } from '../link/linux-sll.ts'
import { linuxSll2At } from '../link/linux-sll2.ts'

/** The frame holds no IP packet, or too little of one to tell. */
export const notIp = -1

/** Where the IP header of a frame begins, for the fast path; `notIp` otherwise. Never throws. */
export function networkOffset(view: DataView, start: number, end: number, type: number): number {
  switch (type) {
    case linkType.linuxSll2:
      return end - start < linuxSll2At.payload
        ? notIp
        : afterType(view, view.getUint16(start + linuxSll2At.protocol), start + linuxSll2At.payload, end)
    case linkType.ethernet:
      return end - start < ethernetAt.payload
        ? notIp
        : afterType(view, view.getUint16(start + ethernetAt.type), start + ethernetAt.payload, end)
    case linkType.linuxSll:
      return end - start < linuxSllAt.payload
        ? notIp
        : afterType(view, view.getUint16(start + linuxSllAt.protocol), start + linuxSllAt.payload, end)
    case linkType.raw:
    case linkType.rawBsd:
    case linkType.rawOpenBsd:
    case linkType.ipv4:
    case linkType.ipv6:
      return start
    default:
      return notIp
  }
}

function afterType(view: DataView, type: number, payload: number, end: number): number {
  let at = payload
  let is = type
  for (let tags = 0; tags < 4 && (is === etherType.vlan || is === etherType.serviceVlan); tags++) {
    if (end - at < ethernetAt.tag) return notIp
    is = view.getUint16(at + 2)
    at += ethernetAt.tag
  }
  return is === etherType.ipv4 || is === etherType.ipv6 ? at : notIp
}
