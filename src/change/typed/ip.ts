/** `ip route|rule|link|neigh …` (iproute2) → edits of a stack. What ip(8) may abbreviate may be abbreviated here. */
import type { Family } from '../../model/address/address.ts'
import type { StackId } from '../../model/stack/stack-id.ts'
import { badCommand, badOption, lacking } from '../change-error.ts'
import { stackOf, withEdits, type World } from '../world.ts'
import { linkEdits } from './ip-link.ts'
import { neighbourEdits } from './ip-neighbour.ts'
import { routeEdits } from './ip-route.ts'
import { ruleEdits } from './ip-rule.ts'
import { verbOf } from './ip-verb.ts'

const objects = ['route', 'rule', 'link', 'neighbour', 'address'] as const

export function runIp(world: World, at: StackId, words: readonly string[]): World {
  let family: Family = 4
  let i = 0
  for (; (words[i] ?? '').startsWith('-'); i++) {
    const option = words[i] ?? ''
    if (option === '-4') family = 4
    else if (option === '-6') family = 6
    else throw badOption(option)
  }
  const [object, verb, ...rest] = words.slice(i)
  if (object === undefined) throw lacking('ip route, ip rule, ip link, ip neigh')
  const stack = stackOf(world, at)
  switch (object === 'neighbor' ? 'neighbour' : objects.find((one) => one.startsWith(object))) {
    case 'route':
      return withEdits(world, routeEdits(stack, family, verbOf(verb), rest))
    case 'rule':
      return withEdits(world, ruleEdits(stack, family, verbOf(verb), rest))
    case 'link':
      return withEdits(world, linkEdits(world, stack, verbOf(verb), rest))
    case 'neighbour':
      return withEdits(world, neighbourEdits(stack, verbOf(verb), rest))
    default:
      throw badCommand(`ip ${object}`)
  }
}
