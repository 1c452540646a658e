/** `--run "iptables …" --on NODE`: a command that is typed on a node, as root there. */
import type { StackId } from '../../model/stack/stack-id.ts'
import { badCommand, lacking } from '../change-error.ts'
import type { World } from '../world.ts'
import { runIp } from './ip.ts'
import { runIptables } from './iptables.ts'
import { runNft } from './nft.ts'
import { shellSplit } from './words.ts'
import { runSysctl } from './sysctl.ts'

/** The world after the command. Throws a ChangeError for what is not understood, and for what the kernel would refuse. */
export function runCommand(world: World, stack: StackId, text: string): World {
  const typed = shellSplit(text)
  const words = typed[0] === 'sudo' ? typed.slice(1) : typed
  const [path, ...rest] = words
  if (path === undefined) throw lacking('iptables, ip6tables, ip, sysctl, nft')
  const program = path.replace(/^(\/usr)?(\/local)?\/s?bin\//, '')
  switch (program) {
    case 'iptables':
    case 'iptables-legacy':
    case 'iptables-nft':
    case 'ip6tables':
    case 'ip6tables-legacy':
    case 'ip6tables-nft':
      return runIptables(world, stack, program, rest)
    case 'ip':
      return runIp(world, stack, rest)
    case 'sysctl':
      return runSysctl(world, stack, rest)
    case 'nft':
      return runNft(world, stack, rest)
    default:
      throw badCommand(program)
  }
}
