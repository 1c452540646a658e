/** What takes a packet out of the ways that the engine knows. */
import { familyOf } from '../../model/address/address.ts'
import { contains, type Prefix } from '../../model/address/prefix.ts'
import type { Detour } from '../../model/stack/detour.ts'
import type { Run } from '../compiled/fabric.ts'
import { stop } from '../netfilter/stop.ts'

const effects: Readonly<Record<Detour['kind'], string>> = {
  xdp: 'an XDP program sees it first, and what that does is not known',
  tc: 'a filter of tc sees it, and what that does is not known',
  xfrm: 'an IPsec policy is for it, which is not modelled',
  socket: 'a program on sockets may send it another way, and what that does is not known',
}

/** True: the run stops, because something sees the packet of which nobody knows what it does. */
export function isDetoured(
  run: Run,
  kinds: readonly Detour['kind'][],
  way: Detour['way'],
  device: string | null,
): boolean {
  const { detours } = run.stack.stack
  if (detours === undefined || detours.length === 0) return false
  const { src, dst } = run.packet
  const has = (prefix: Prefix | null, address: typeof src): boolean =>
    prefix === null || (familyOf(prefix.address) === familyOf(address) && contains(prefix, address))
  const found = detours.find(
    (one) =>
      one.way === way &&
      kinds.includes(one.kind) &&
      (one.device === null || one.device === device) &&
      has(one.from, src) &&
      has(one.to, dst),
  )
  if (found === undefined) return false
  stop(run, 'unknown', 'link', found.line, effects[found.kind])
  return true
}
