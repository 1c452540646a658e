/** The node of a draft as an archive of the EKS log collector, unpacked: the same tables in the words of other commands. */
import { node, savedTables, type Draft, type StackDraft } from './draft.ts'

/** The name of the node's stack in a bundle that is made of the archive. */
export const archivedNode = 'node/i-0123456789abcdef0'

const lines = (texts: readonly string[]): string => texts.map((text) => `${text}\n`).join('')

/** ifconfig(8) of net-tools. */
const interfaces = (stack: StackDraft): string =>
  [...stack.links]
    .map(([name, { addresses, mac }]) => {
      const flags = name === 'lo' ? '73<UP,LOOPBACK,RUNNING>' : '4163<UP,BROADCAST,RUNNING,MULTICAST>'
      return lines([
        `${name}: flags=${flags}  mtu 9001`,
        ...addresses.map((address) => {
          const [local = '', length = '32'] = address.split('/')
          const mask = [24, 16, 8, 0].map((shift) => ((-1 << (32 - Number(length))) >>> shift) & 255)
          return `        inet ${local}  netmask ${mask.join('.')}`
        }),
        ...(name === 'lo' ? [] : [`        ether ${mac}  txqueuelen 0  (Ethernet)`]),
        '',
      ])
    })
    .join('')

/** Path inside the archive → text. */
export function archiveOf(draft: Draft): ReadonlyMap<string, string> {
  const stack = draft.stacks.find(({ id }) => id === node)
  if (stack === undefined) throw new Error('the draft has no node')
  return new Map([
    ['networking/ifconfig.txt', interfaces(stack)],
    ['networking/iproute.txt', lines(stack.routes)],
    ['networking/iprule.txt', lines(stack.rules.map((rule) => rule.replace(': ', ':\t')))],
    ['networking/iptables-save.txt', savedTables(stack.iptables)],
    ['networking/ipset.txt', lines(['', ...stack.sets])],
    ['networking/conntrack.txt', lines(['*** Output of conntrack -L ***', ...stack.connections])],
    ['sysctls/sysctl_all.txt', lines(stack.sysctls)],
    ['system/instance-id.txt', archivedNode.replace('node/', '')],
  ])
}
