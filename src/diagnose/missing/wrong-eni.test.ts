import { describe, expect, test } from 'vitest'
import { tutorialVpc } from '../../../test/ec2/tutorial-cloud.ts'
import { readFabric } from '../../linux/fabric.ts'
import type { Hop, PacketView, Path } from '../../model/path/path.ts'
import type { Vpc } from '../../model/vpc/vpc.ts'
import { missingLine } from './missing-line.ts'

/** Node 1 of the tutorial's VPC: 192.168.1.138 and .239 on its first ENI, 192.168.1.55 and .60 on its second. */
function fabricWith(rules: readonly object[], vpc: Vpc | null = tutorialVpc) {
  const file = (value: unknown): string => JSON.stringify(value)
  const link = (index: number, name: string) => ({
    ifindex: index,
    ifname: name,
    flags: ['UP'],
    mtu: 9001,
    operstate: 'UP',
    link_type: 'ether',
    address: `02:00:00:00:00:1${index}`,
  })
  const { fabric } = readFabric(
    new Map([
      ['n/link.json', file([link(1, 'eth0'), link(2, 'eth1')])],
      ['n/addr.json', file([])],
      ['n/rule.json', file(rules)],
      ['n/route.json', file([])],
      ['bundle.json', file({ version: 1, stacks: [{ id: 'node/one', dir: 'n' }], wires: [] })],
    ]),
    null,
  )
  return { ...fabric, vpc }
}

const packet = (src: string): PacketView => ({ src, dst: '192.168.3.143', protocol: 'icmp' })

/** The packet leaves the node by this interface with this source, and AWS drops it for that. */
function dropped(came: string, left: string, device: string): Path {
  const hop = (stack: string, more: Partial<Hop>): Hop => ({
    stack,
    in: null,
    out: null,
    packetIn: null,
    packetOut: null,
    decisions: [],
    ...more,
  })
  return {
    verdict: 'dropped',
    replyVerdict: null,
    stoppedAt: 'vpc/1',
    forward: [
      hop('pod/default/web', { out: 'eth0', packetOut: packet(came) }),
      hop('node/one', {
        in: 'eniweb',
        out: device,
        packetIn: packet(came),
        packetOut: packet(left),
      }),
      hop('vpc/1', {
        packetIn: packet(left),
        decisions: [
          { stage: 'source-dest-check', by: 'eni: SourceDestCheck true', effect: 'dropped: not an address' },
        ],
      }),
    ],
    reply: [],
  }
}

const found = (path: Path, rules: readonly object[], vpc: Vpc | null = tutorialVpc) =>
  missingLine({ path, fabric: fabricWith(rules, vpc), services: [], to: '192.168.3.143' })

const main = { priority: 32766, src: 'all', table: 'main' }
const markRule = { priority: 1024, src: 'all', fwmark: '0x80', fwmask: '0x80', table: 'main' }

describe('a source that the interface does not have', () => {
  test('a pod of a later ENI without its policy rule', () => {
    expect(found(dropped('192.168.1.60', '192.168.1.60', 'eth0'), [main, markRule])).toEqual({
      kind: 'source-rule',
      at: 'node/one',
      address: '192.168.1.60',
      eni: 'eni-00000000000000012',
      device: 'eth0',
      expected: '1536: from 192.168.1.60 lookup 2',
    })
  })

  test('a pod of the first ENI with the rule of an earlier one', () => {
    const stale = { priority: 1536, src: '192.168.1.239', table: '2' }
    expect(found(dropped('192.168.1.239', '192.168.1.239', 'eth1'), [main, stale])).toMatchObject({
      kind: 'source-rule-stale',
      line: '1536: from 192.168.1.239 lookup 2',
    })
  })

  test('the node’s own address on another interface, without the rule for what it marked', () => {
    expect(found(dropped('192.168.1.60', '192.168.1.138', 'eth1'), [main])).toMatchObject({
      kind: 'mark-rule',
      eni: 'eni-00000000000000011',
      expected: '1024: from all fwmark 0x80/0x80 lookup main',
    })
  })

  test.each([
    {
      because: 'the rule for marks is there',
      path: dropped('192.168.1.60', '192.168.1.138', 'eth1'),
      rules: [main, markRule],
    },
    { because: 'the source is nobody’s', path: dropped('10.9.9.9', '10.9.9.9', 'eth0'), rules: [main] },
    {
      because: 'the source is of another node',
      path: dropped('192.168.3.143', '192.168.3.143', 'eth0'),
      rules: [main],
    },
    {
      because: 'the interface is no ENI that EC2 describes',
      path: dropped('192.168.1.60', '192.168.1.60', 'eth7'),
      rules: [main],
    },
  ])('is no fault of a rule where $because', ({ path, rules }) => {
    expect(found(path, rules)).toBeNull()
  })

  test('is not looked into where EC2 was not asked', () => {
    expect(found(dropped('192.168.1.60', '192.168.1.60', 'eth0'), [main], null)).toBeNull()
  })
})
