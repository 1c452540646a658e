import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { labUp, type TestLab } from './lab.ts'

/** What the programs of a node and of a pod print is what they print on EKS (AL2, VPC CNI 1.12 to 1.15), to the character. */

let lab: TestLab
beforeAll(async () => {
  lab = await labUp(['--name=prints'])
})
afterAll(async () => {
  await lab.down()
})

const veth = (pod: string): string =>
  `eni${createHash('sha1').update(`default.${pod}`).digest('hex').slice(0, 11)}`

describe('in a pod', () => {
  test.each([
    { command: 'ip route', prints: 'default via 169.254.1.1 dev eth0 \n169.254.1.1 dev eth0 scope link \n' },
    {
      command: 'ip rule',
      prints: '0:\tfrom all lookup local\n32766:\tfrom all lookup main\n32767:\tfrom all lookup default\n',
    },
    {
      command: 'ip route show table local',
      prints:
        'local 127.0.0.0/8 dev lo proto kernel scope host src 127.0.0.1 \nlocal 127.0.0.1 dev lo proto kernel scope host src 127.0.0.1 \nbroadcast 127.255.255.255 dev lo proto kernel scope link src 127.0.0.1 \nlocal 192.168.3.143 dev eth0 proto kernel scope host src 192.168.3.143 \n',
    },
  ])('$command', async ({ command, prints }) => {
    expect(await lab.inPod(3, command)).toEqual({ status: 0, output: prints })
  })

  test('ip addr, ip link and ip neigh', async () => {
    expect((await lab.inPod(3, 'ip -4 addr show eth0')).output).toMatch(
      /^3: eth0@if\d+: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 9001 qdisc noqueue state UP group default {1,2}link-netnsid 0\n {4}inet 192\.168\.3\.143\/32 scope global eth0\n {7}valid_lft forever preferred_lft forever\n$/,
    )
    const link = (await lab.inPod(3, 'ip link show eth0')).output
    expect(link).toMatch(/mtu 9001 qdisc noqueue state UP mode DEFAULT group default \n/)
    expect(link).not.toContain('qlen')
    const mac = /ether (\S+)/.exec(
      (await lab.onNode(3, `ip link show ${veth(lab.pods[2] ?? '')}`)).output,
    )?.[1]
    expect((await lab.inPod(3, 'ip neigh')).output).toBe(`169.254.1.1 dev eth0 lladdr ${mac} PERMANENT \n`)
  })
})

describe('on a node', () => {
  test('ip route: the default, the metadata service, the subnet and a /32 for each pod', async () => {
    expect((await lab.onNode(3, 'ip route')).output).toBe(
      [
        'default via 192.168.3.1 dev eth0 ',
        '169.254.169.254 dev eth0 ',
        '192.168.3.0/24 dev eth0 proto kernel scope link src 192.168.3.20 ',
        `192.168.3.143 dev ${veth(lab.pods[2] ?? '')} scope link `,
        '',
      ].join('\n'),
    )
  })

  test('ip rule: 512 for the pod, 1024 for the mark', async () => {
    expect((await lab.onNode(3, 'ip rule')).output).toBe(
      '0:\tfrom all lookup local\n512:\tfrom all to 192.168.3.143 lookup main\n1024:\tfrom all fwmark 0x80/0x80 lookup main\n32766:\tfrom all lookup main\n32767:\tfrom all lookup default\n',
    )
  })

  test('a pod on the second ENI: rule 1536 and table 2 without the subnet', async () => {
    const coredns = /1536:\tfrom (\S+) lookup 2\n/.exec((await lab.onNode(1, 'ip rule')).output)?.[1]
    expect(coredns).toMatch(/^192\.168\.1\.\d+$/)
    expect((await lab.onNode(1, 'ip route show table 2')).output).toBe(
      'default via 192.168.1.1 dev eth1 \n192.168.1.1 dev eth1 scope link \n',
    )
    expect((await lab.onNode(1, 'ip route')).output).toMatch(
      new RegExp(`^${coredns} dev eni[0-9a-f]{11} scope link $`, 'm'),
    )
  })

  test('the host’s end of the veth has no queue length', async () => {
    const { output } = await lab.onNode(3, `ip link show ${veth(lab.pods[2] ?? '')}`)
    expect(output).toMatch(
      /@if3: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 9001 qdisc noqueue state UP mode DEFAULT group default /,
    )
    expect(output).not.toContain('qlen')
  })

  test('iptables-save -t nat: kube-proxy’s jumps first, AWS-SNAT-CHAIN-0 and then -1', async () => {
    const { output } = await lab.onNode(3, 'iptables-save -t nat')
    expect(
      output.split('\n').filter((line) => /AWS|^-A POSTROUTING/.test(line) && !line.startsWith('#')),
    ).toEqual([
      expect.stringMatching(/^:AWS-CONNMARK-CHAIN-0 - \[\d+:\d+\]$/),
      expect.stringMatching(/^:AWS-CONNMARK-CHAIN-1 - \[\d+:\d+\]$/),
      expect.stringMatching(/^:AWS-SNAT-CHAIN-0 - \[\d+:\d+\]$/),
      expect.stringMatching(/^:AWS-SNAT-CHAIN-1 - \[\d+:\d+\]$/),
      '-A PREROUTING -i eni+ -m comment --comment "AWS, outbound connections" -j AWS-CONNMARK-CHAIN-0',
      '-A PREROUTING -m comment --comment "AWS, CONNMARK" -j CONNMARK --restore-mark --nfmask 0x80 --ctmask 0x80',
      '-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING',
      '-A POSTROUTING -m comment --comment "AWS SNAT CHAIN" -j AWS-SNAT-CHAIN-0',
      expect.stringMatching(/^-A AWS-CONNMARK-CHAIN-0 ! -d 192\.168\.0\.0\/16 .* -j AWS-CONNMARK-CHAIN-1$/),
      '-A AWS-CONNMARK-CHAIN-1 -m comment --comment "AWS, CONNMARK" -j CONNMARK --set-xmark 0x80/0x80',
      '-A AWS-SNAT-CHAIN-0 ! -d 192.168.0.0/16 -m comment --comment "AWS SNAT CHAIN" -j AWS-SNAT-CHAIN-1',
      '-A AWS-SNAT-CHAIN-1 ! -o vlan+ -m comment --comment "AWS, SNAT" -m addrtype ! --dst-type LOCAL -j SNAT --to-source 192.168.3.20 --random-fully',
    ])
  })
})

describe('on the wire', () => {
  test('the reply of another node’s pod has ttl 62, and jumbo frames pass inside the VPC', async () => {
    expect((await lab.inPod(1, 'ping -c 1 -W 1 192.168.3.143')).output).toContain(' ttl=62 ')
    expect((await lab.inPod(1, 'ping -c 1 -W 1 -M do -s 8973 192.168.3.143')).status).toBe(0)
  })

  test('the gateway carries 1500 octets and says so', async () => {
    expect((await lab.inPod(1, 'ping -c 1 -W 1 -M do -s 1472 www.google.com')).status).toBe(0)
    expect((await lab.inPod(1, 'ping -c 1 -W 1 -M do -s 1473 www.google.com')).output).toMatch(
      /Frag needed and DF set \(mtu = 1500\)|message too long, mtu=1500/,
    )
  })

  test('traceroute shows neither the VPC nor the gateway', async () => {
    const hops = (text: string): readonly string[] =>
      text
        .split('\n')
        .slice(1)
        .flatMap((line) => /^\s*\d+\s+(\S+)/.exec(line)?.[1] ?? [])
    expect(hops((await lab.inPod(1, 'traceroute -n -q 1 -w 1 192.168.3.143')).output)).toEqual([
      '192.168.1.138',
      '192.168.3.20',
      '192.168.3.143',
    ])
    expect(hops((await lab.inPod(1, 'traceroute -n -q 1 -w 1 -m 4 198.51.100.100')).output)).toEqual([
      '192.168.1.138',
      '198.51.100.100',
    ])
  })

  test('the VPC’s router does not answer a ping', async () => {
    expect((await lab.onNode(1, 'ping -c 1 -W 1 192.168.1.1')).status).toBe(1)
  })

  test('a source that is not the ENI’s own is dropped: the source/destination check', async () => {
    const spoof =
      'ip addr add 192.168.1.201/32 dev lo; ping -c 1 -W 1 -I 192.168.1.201 192.168.3.20; s=$?; ip addr del 192.168.1.201/32 dev lo; exit $s'
    expect((await lab.onNode(1, spoof)).status).toBe(1)
  })
})
