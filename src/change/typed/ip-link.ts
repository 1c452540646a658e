/** `ip link set dev NAME up|down|mtu N|address MAC` (ip-link(8)), and what the kernel does to routes with it. */
import { formatIp } from '../../model/address/address.ts'
import { formatPrefix, networkOf } from '../../model/address/prefix.ts'
import type { Edit } from '../../model/fabric/edit.ts'
import { isUp, type Link } from '../../model/stack/link.ts'
import type { NetworkStack } from '../../model/stack/stack.ts'
import { readRoutesText } from '../../linux/ip/route.ts'
import { badCommand, badOption, badValue, lacking, notThere } from '../change-error.ts'
import type { World } from '../world.ts'
import type { Verb } from './ip-verb.ts'

export function linkEdits(
  world: World,
  stack: NetworkStack,
  verb: Verb,
  words: readonly string[],
): readonly Edit[] {
  if (verb !== 'set') throw badCommand(`ip link ${verb}`)
  const typed = words[0] === 'dev' ? words.slice(1) : words
  const [name, ...rest] = typed
  if (name === undefined) throw lacking('ip link set dev INTERFACE')
  const before = stack.links.find((one) => one.name === name)
  if (before === undefined) throw notThere(`dev ${name}`, stack.id)
  let after: Link = before
  for (let i = 0; i < rest.length; i++) {
    const word = rest[i] ?? ''
    switch (word) {
      case 'up':
      case 'down':
        after = setUp(after, word === 'up')
        break
      case 'mtu': {
        const value = rest[++i] ?? ''
        if (!/^\d{1,5}$/.test(value) || Number(value) < 68) throw badValue(word, value)
        after = { ...after, mtu: Number(value), line: after.line.replace(/ mtu \d+/, ` mtu ${value}`) }
        break
      }
      case 'address': {
        const value = (rest[++i] ?? '').toLowerCase()
        if (!/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(value)) throw badValue(word, value)
        after = { ...after, mac: value }
        break
      }
      default:
        throw badOption(word)
    }
  }
  if (after === before) throw lacking('up, down, mtu N, address MAC')
  const turned =
    isUp(after) === isUp(before)
      ? []
      : [...routesWith(stack, before, isUp(after)), ...farEnd(world, stack, before, isUp(after))]
  return [{ stack: stack.id, kind: 'link', before, after }, ...turned]
}

const without = (flags: readonly string[], ...gone: readonly string[]): readonly string[] =>
  flags.filter((flag) => !gone.includes(flag))

const setUp = (link: Link, up: boolean): Link =>
  up === isUp(link)
    ? link
    : up
      ? told({ ...link, flags: [...without(link.flags, 'NO-CARRIER'), 'UP', 'LOWER_UP'], state: 'UP' })
      : told({ ...link, flags: without(link.flags, 'UP', 'LOWER_UP'), state: 'DOWN' })

const told = (link: Link): Link => ({
  ...link,
  line: link.line
    .replace(/<[^>]*>/, `<${link.flags.join(',')}>`)
    .replace(/ state \S+/, ` state ${link.state}`),
})

/**
 * Down, every neighbour (neigh_ifdown) and every route by the interface goes, those to its own addresses apart (fib_disable_ip, fib_sync_down_dev); up, the kernel
 * writes those of its addresses anew and nobody else's (fib_add_ifaddr).
 */
function routesWith(stack: NetworkStack, link: Link, up: boolean): readonly Edit[] {
  if (!up)
    return stack.routes
      .filter((route) => route.type !== 'local' && route.nextHops.some((hop) => hop.device === link.name))
      .map((before): Edit => ({ stack: stack.id, kind: 'route', before, after: null }))
      .concat(
        (stack.neighbours ?? [])
          .filter(({ device }) => device === link.name)
          .map((before): Edit => ({ stack: stack.id, kind: 'neighbour', before, after: null })),
      )
  return link.addresses.flatMap((one): readonly Edit[] => {
    if (typeof one.address !== 'number' || one.length === 32) return []
    const prefix = { address: networkOf({ address: one.address, length: one.length }), length: one.length }
    const line = `${formatPrefix(prefix)} dev ${link.name} proto kernel scope link src ${formatIp(one.address)}`
    if (stack.routes.some((route) => route.line.startsWith(line))) return []
    const [after] = readRoutesText(line, 4).value
    return after === undefined ? [] : [{ stack: stack.id, kind: 'route', before: null, after }]
  })
}

/** The other end of a veth loses its carrier, and gets it back. */
function farEnd({ compiled }: World, stack: NetworkStack, link: Link, up: boolean): readonly Edit[] {
  const peer = compiled.stacks.get(stack.id)?.links.get(link.name)?.peer ?? null
  if (peer === null) return []
  const before = compiled.stacks.get(peer.stack.id)?.stack.links.find(({ name }) => name === peer.name)
  if (before === undefined || !isUp(before)) return []
  const flags = without(before.flags, 'LOWER_UP', 'NO-CARRIER')
  const after = up
    ? told({ ...before, flags: [...flags, 'LOWER_UP'], state: 'UP' })
    : told({ ...before, flags: ['NO-CARRIER', ...flags], state: 'LOWERLAYERDOWN' })
  return [{ stack: peer.stack.id, kind: 'link', before, after }]
}
