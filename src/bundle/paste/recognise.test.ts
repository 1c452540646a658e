import { describe, expect, test } from 'vitest'
import { recognise } from './recognise.ts'

const kinds = (text: string, name = '') =>
  recognise(text, name).map(({ kind, table, lines }) => [kind, table, lines.join('-')])

describe('what a pasted text holds', () => {
  test.each([
    {
      because: 'a prompt and a command name what follows, and the table',
      text: '[root@ip-10-0-0-1 ~]# ip route show table 2\ndefault via 10.0.0.1 dev eth1\n[root@ip-10-0-0-1 ~]# ',
      want: [['route', '2', '2-2']],
    },
    {
      because: 'sudo, a namespace and a pod around the command change nothing',
      text: '$ sudo ip netns exec x ip ru\n0:\tfrom all lookup local\nsh-4.2$ kubectl exec -n kube-system aws-node-x -- iptables -t nat -S\n-P PREROUTING ACCEPT\n',
      want: [
        ['rule', null, '2-2'],
        ['iptables-rules', 'nat', '4-4'],
      ],
    },
    {
      because: 'without commands the looks of the lines tell',
      text: '1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default\n    inet 127.0.0.1/8 scope host lo\ndefault via 10.0.0.1 dev eth0\n0:\tfrom all lookup local\n-P INPUT ACCEPT\nnet.ipv4.ip_forward = 1\n',
      want: [
        ['link', null, '1-2'],
        ['route', null, '3-3'],
        ['rule', null, '4-4'],
        ['iptables-rules', null, '5-5'],
        ['sysctl', null, '6-6'],
      ],
    },
    {
      because: 'colours are taken away (ip -c)',
      text: '\x1b[36m2: \x1b[0m\x1b[36meth0: \x1b[0m<BROADCAST,UP,LOWER_UP> mtu 9001 qdisc mq \n    inet \x1b[35m10.0.0.9\x1b[0m/24 scope global eth0\n',
      want: [['link', null, '1-2']],
    },
    {
      because: 'a brief listing, arp, route -n, conntrack, nft and kubectl have looks of their own',
      text: 'lo  UNKNOWN  127.0.0.1/8 ::1/128\neth0 UP 10.0.0.9/24\nAddress HWtype HWaddress Flags Mask Iface\n10.0.0.1 ether 02:00:00:00:00:01 C eth0\nKernel IP routing table\nDestination Gateway Genmask Flags Metric Ref Use Iface\n0.0.0.0 10.0.0.1 0.0.0.0 UG 0 0 0 eth0\ntcp      6 431999 ESTABLISHED src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2 src=10.0.0.2 dst=10.0.0.1 sport=2 dport=1 use=1\ntable ip nat {\n\tchain x {\n\t}\n}\nNAME READY STATUS RESTARTS AGE IP NODE\nweb 1/1 Running 0 1d 10.0.0.7 n1\n',
      want: [
        ['brief-link', null, '1-2'],
        ['arp', null, '3-4'],
        ['kernel-table', null, '5-7'],
        ['conntrack', null, '8-8'],
        ['nft', null, '9-12'],
        ['pods-wide', null, '13-14'],
      ],
    },
    {
      because: 'a listing for people, and a command that nothing is read from',
      text: '# iptables -L -n -v -t nat\nChain PREROUTING (policy ACCEPT 0 packets, 0 bytes)\n pkts bytes target prot opt in out source destination\n    0 0 X all -- * * 0.0.0.0/0 0.0.0.0/0\n[root@n ~]# uptime\n 10:00 up\n',
      want: [
        ['iptables-list', 'nat', '2-4'],
        ['unknown', null, '6-6'],
      ],
    },
    { because: 'prose is no output', text: 'hello\nthere\n', want: [['unknown', null, '1-2']] },
    { because: 'nothing is nothing', text: '\n\n', want: [] },
  ])('$because', ({ text, want }) => {
    expect(kinds(text)).toEqual(want)
  })

  test('the name of a file tells the table where no command does', () => {
    expect(kinds('default via 10.0.0.1 dev eth1\n', 'ip-route-table-3.txt')).toEqual([['route', '3', '1-1']])
    expect(kinds('-P PREROUTING ACCEPT\n', 'iptables-t-nat-S.txt')).toEqual([
      ['iptables-rules', 'nat', '1-1'],
    ])
  })
})
