/** `ip neigh add|replace|del …` (ip-neighbour(8)). */
import { formatIp, parseIp } from '../../model/address/address.ts'
import type { Edit } from '../../model/fabric/edit.ts'
import type { Neighbour } from '../../model/stack/neighbour.ts'
import type { NetworkStack } from '../../model/stack/stack.ts'
import { badCommand, badOption, badValue, lacking, notRead, notThere, thereAlready } from '../change-error.ts'
import type { Verb } from './ip-verb.ts'
import { valueOf } from './words.ts'

const mac = /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/

export function neighbourEdits(stack: NetworkStack, verb: Verb, words: readonly string[]): readonly Edit[] {
  const { neighbours } = stack
  if (neighbours === null) throw notRead('ip neigh', stack.id)
  const edit = (before: Neighbour | null, after: Neighbour | null): Edit => ({
    stack: stack.id,
    kind: 'neighbour',
    before,
    after,
  })
  const typed = readTyped(words)
  const { address, device } = typed
  if (verb === 'flush') {
    if (address !== null || device === null) throw lacking('dev INTERFACE')
    return neighbours
      .filter((one) => one.device === device && !['PERMANENT', 'NOARP'].includes(one.state))
      .map((before) => edit(before, null))
  }
  if (address === null || device === null) throw lacking('ip neigh … ADDRESS dev INTERFACE')
  const there =
    neighbours.find((one) => one.address === address && one.device === device && !one.proxy) ?? null
  if (verb === 'delete') {
    if (there === null) throw notThere(words.join(' '), stack.id)
    return [edit(there, null)]
  }
  if (verb !== 'add' && verb !== 'replace' && verb !== 'change') throw badCommand(`ip neigh ${verb}`)
  if (verb === 'add' && there !== null) throw thereAlready(there.line, stack.id)
  if (verb === 'change' && there === null) throw notThere(words.join(' '), stack.id)
  if (!stack.links.some(({ name }) => name === device)) throw notThere(`dev ${device}`, stack.id)
  if (typed.lladdr === null) throw lacking('lladdr MAC')
  const after: Neighbour = {
    address,
    device,
    mac: typed.lladdr,
    state: typed.state,
    proxy: false,
    line: `${formatIp(address)} dev ${device} lladdr ${typed.lladdr} ${typed.state}`,
  }
  return [edit(there, after)]
}

function readTyped(words: readonly string[]) {
  const typed = {
    address: null as Neighbour['address'] | null,
    device: null as string | null,
    lladdr: null as string | null,
    state: 'PERMANENT' as Neighbour['state'],
  }
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? ''
    const next = (): string => valueOf(word, words[++i])
    if (word === 'dev') typed.device = next()
    else if (word === 'lladdr') {
      const value = next().toLowerCase()
      if (!mac.test(value)) throw badValue(word, value)
      typed.lladdr = value
    } else if (word === 'nud') {
      const value = next()
      if (!['permanent', 'reachable', 'stale', 'noarp'].includes(value)) throw badValue(word, value)
      typed.state = value.toUpperCase() as Neighbour['state']
    } else if (typed.address === null) {
      const value = parseIp(word === 'to' ? next() : word)
      if (value === undefined) throw badValue('ip neigh', word)
      typed.address = value
    } else throw badOption(word)
  }
  return typed
}
