/** `sysctl -w NAME=VALUE` (sysctl(8)), and what the kernel sets along with it. */
import type { Edit } from '../../model/fabric/edit.ts'
import type { NetworkStack } from '../../model/stack/stack.ts'
import type { StackId } from '../../model/stack/stack-id.ts'
import { badOption, badValue, lacking, notRead, notThere } from '../change-error.ts'
import { stackOf, withEdits, type World } from '../world.ts'

export function runSysctl(world: World, at: StackId, words: readonly string[]): World {
  const options = new Set(['-w', '--write', '-q', '--quiet'])
  const assignments = words.filter((word) => !options.has(word))
  const stray = assignments.find((word) => word.startsWith('-'))
  if (stray !== undefined) throw badOption(stray)
  if (assignments.length === 0) throw lacking('NAME=VALUE')
  return assignments.reduce((seen, one) => withEdits(seen, editsOf(stackOf(seen, at), one)), world)
}

function editsOf(stack: NetworkStack, assignment: string): readonly Edit[] {
  const { sysctls } = stack
  if (sysctls === null) throw notRead('sysctl', stack.id)
  const cut = assignment.indexOf('=')
  if (cut < 0) throw lacking(`${assignment}=VALUE`)
  const name = dotted(assignment.slice(0, cut).trim())
  const value = assignment.slice(cut + 1).trim()
  if (!/^-?\d{1,10}$/.test(value)) throw badValue(name, value)
  if (!/^[\w./:@-]{1,120}$/.test(name)) throw badValue('sysctl', name)
  if (!sysctls.has(name)) throw notThere(name, stack.id)
  const set = (one: string): readonly Edit[] => {
    const before = sysctls.get(one)
    return before === undefined || before === value
      ? []
      : [{ stack: stack.id, kind: 'sysctl', name: one, before, after: value }]
  }
  return [name, ...alongWith(name, [...sysctls.keys()])].flatMap(set)
}

/** As podpath keeps them: dots between the parts, a slash for a dot inside one (sysctl(8)). */
const dotted = (name: string): string => {
  const slash = name.indexOf('/')
  const dot = name.indexOf('.')
  return slash >= 0 && (dot < 0 || slash < dot)
    ? name.replaceAll(/[./]/g, (letter) => (letter === '.' ? '/' : '.'))
    : name
}

/**
 * Forwarding is set for every interface at once (devinet_sysctl_forward, addrconf_fixup_forwarding); `conf.all` of other
 * parameters is combined with an interface's own when a packet comes.
 */
function alongWith(name: string, all: readonly string[]): readonly string[] {
  const four = ['net.ipv4.ip_forward', 'net.ipv4.conf.all.forwarding']
  if (four.includes(name))
    return all.filter(
      (one) => one !== name && (four.includes(one) || /^net\.ipv4\.conf\.[^.]+\.forwarding$/.test(one)),
    )
  if (name === 'net.ipv6.conf.all.forwarding')
    return all.filter((one) => one !== name && /^net\.ipv6\.conf\.[^.]+\.forwarding$/.test(one))
  return []
}
