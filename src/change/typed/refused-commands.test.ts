import { describe, expect, test } from 'vitest'
import { compileFabric } from '../../forward/compile/fabric.ts'
import { readStack } from '../../linux/stack.ts'
import type { ChangeProblem } from '../../model/result/change-problem.ts'
import { ChangeError } from '../change-error.ts'
import { worldOf } from '../world.ts'
import { runCommand } from './run-command.ts'

/* What commands do is held against the kernel in test/diagnose/typed-commands.test.ts; here is what none is made of. */

const files = new Map([
  [
    'link.json',
    '[{"ifindex":2,"ifname":"eth0","flags":["UP","LOWER_UP"],"mtu":1500,"operstate":"UP","link_type":"ether","address":"02:00:00:00:00:01"}]',
  ],
  [
    'addr.json',
    '[{"ifname":"eth0","addr_info":[{"family":"inet","local":"10.0.0.1","prefixlen":24,"scope":"global"}]}]',
  ],
  [
    'route.json',
    '[{"dst":"10.0.0.0/24","dev":"eth0","protocol":"kernel","scope":"link","prefsrc":"10.0.0.1"}]',
  ],
  ['rule.json', '[{"priority":0,"src":"all","table":"local"},{"priority":32766,"src":"all","table":"main"}]'],
  ['neigh.json', '[]'],
  [
    'iptables-save.txt',
    '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n-A FORWARD -j OWN\nCOMMIT\n'.replace(
      '-A',
      ':OWN - [0:0]\n-A',
    ),
  ],
  [
    'nft.json',
    '{"nftables":[{"table":{"family":"ip","name":"t","handle":1}},{"chain":{"family":"ip","table":"t","name":"c","handle":1}}]}',
  ],
  ['sysctl.txt', 'net.ipv4.ip_forward = 1\n'],
])
const { stack } = readStack('node/n', files)
const world = worldOf(compileFabric({ stacks: [stack], wires: [], vpc: null }), null)

const problemOf = (command: string): ChangeProblem['code'] | null => {
  try {
    runCommand(world, 'node/n', command)
    return null
  } catch (error) {
    if (error instanceof ChangeError) return error.problem.code
    throw error
  }
}

describe('a command that is not understood whole is refused', () => {
  test.each<[command: string, code: ChangeProblem['code'], because: string]>([
    ['', 'lacks', 'nothing was typed'],
    ['rm -rf /', 'command', 'no program of a network'],
    ['iptables -A FORWARD -j DROP; rm x', 'quoting', 'a shell would run two commands'],
    ['iptables -A FORWARD -j $(x)', 'quoting', 'a shell would put something else there'],
    ['iptables -A FORWARD -m comment --comment "x', 'quoting', 'the quote is open'],
    [`iptables -A FORWARD ${'-j DROP '.repeat(2000)}`, 'too-long', 'nobody types that'],
    ['iptables -A', 'lacks', 'no chain'],
    ['iptables -L', 'option', 'it changes nothing'],
    ['iptables -A NOWHERE -j DROP', 'not-there', 'no such chain'],
    ['iptables -A FORWARD -j nowhere', 'value', 'no such chain to jump to'],
    ['iptables -A FORWARD -s host.example -j DROP', 'value', 'a name is another address tomorrow'],
    ['iptables -A FORWARD -s 10.0.0.0/99 -j DROP', 'value', 'no prefix'],
    ['iptables -A FORWARD --dport 80 -j DROP', 'option', 'a port without a protocol'],
    ['iptables -A FORWARD -p tcp --dport http -j DROP', 'value', 'a port by name'],
    ['iptables -t nowhere -A FORWARD -j DROP', 'value', 'no such table'],
    ['iptables -D FORWARD 9', 'not-there', 'there is one rule'],
    ['iptables -D FORWARD -j DROP', 'not-there', 'no such rule'],
    ['iptables -N OWN', 'there-already', 'the chain is there'],
    ['iptables -X OWN', 'value', 'a rule jumps to it'],
    ['iptables -P OWN DROP', 'value', 'a chain of one’s own has no policy'],
    ['ip6tables -A FORWARD -j DROP', 'not-read', 'the snapshot has none of IPv6'],
    ['ip -s route', 'option', 'an option that prints'],
    ['ip netns add x', 'command', 'no part of a stack'],
    ['ip route add 10.0.0.1/24 dev eth0', 'value', 'bits behind the prefix'],
    ['ip route add 10.1.0.0/16 via 172.16.0.1', 'value', 'nobody is there to hand it to'],
    ['ip route add 10.1.0.0/16 dev eth9', 'not-there', 'no such interface'],
    ['ip route add 10.0.0.0/24 dev eth0', 'there-already', 'the kernel wrote it'],
    ['ip route add 10.1.0.0/16 dev eth0 encap mpls 3', 'option', 'a tunnel'],
    ['ip route add 10.1.0.0/16 dev eth0 metric 99999999999', 'value', 'more than 32 bits'],
    ['ip route del 10.9.0.0/16', 'not-there', 'no such route'],
    ['ip rule add from 10.0.0.1 frob 3 table 2', 'option', 'a selector that nobody knows'],
    ['ip rule add from 10.0.0.1', 'lacks', 'a rule that does nothing'],
    ['ip rule del pref 7', 'not-there', 'no such rule'],
    ['ip link add x type dummy', 'command', 'interfaces come and go with pods'],
    ['ip link set dev eth0 netns 1', 'option', 'it would be gone'],
    ['ip neigh add 10.0.0.9 dev eth0', 'lacks', 'no MAC'],
    ['sysctl -p', 'option', 'a file of the node'],
    ['sysctl -w net.ipv4.ip_forward=yes', 'value', 'no number'],
    ['sysctl -w net.ipv4.nothing=1', 'not-there', 'no such parameter'],
    [
      'nft add rule ip t c tcp option maxseg size set 1400',
      'option',
      'a part of the language that is not read',
    ],
    ['nft add rule ip t nowhere drop', 'not-there', 'no such chain'],
    ['nft delete rule ip t c handle 3', 'not-there', 'no such rule'],
    ['nft list ruleset', 'command', 'it changes nothing'],
  ])('%s: %s', (command, code) => {
    expect(problemOf(command)).toBe(code)
  })

  test('and what is understood is no error', () => {
    expect(problemOf('sudo /usr/sbin/iptables -w 5 -I FORWARD -j DROP')).toBeNull()
  })
})
