import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defaultLab, planTopology } from '../../src/lab/plan/topology.ts'
import { startTestLab, type TestLab } from './lab.ts'
import { ctrlC, prompt, type Terminal } from './terminal.ts'
import { tutorialCommands } from './tutorial-commands.ts'

/**
 * Types the tutorial's commands, every one as it stands and in its order, at the prompt of `podpath lab shell`, and
 * holds what each prints against the tutorial. Needs root, sshd, sudo, kubectl and tcpdump.
 */

const commands = tutorialCommands(
  readFileSync(join(import.meta.dirname, '../../docs/tutorial/ko.md'), 'utf8'),
)

const topology = planTopology(defaultLab)
const [one, two, three] = topology.nodes
const pods = ['192.168.1.239', '192.168.2.84', '192.168.3.143'] as const
const google = topology.internet.names['www.google.com']

const escaped = (text: string): string => text.replaceAll('.', '\\.').replaceAll('|', '\\|')
const pinged = (address: string, count: number): RegExp =>
  new RegExp(
    `^PING \\S+ \\(${escaped(address)}\\).*\\n(64 bytes from .*icmp_seq=\\d+ .*\\n){${count}}\\n---.*\\n${count} packets transmitted, ${count} received, 0% packet loss`,
  )
const routes = (gateway: string, node: string, pod: string): RegExp =>
  new RegExp(
    [
      `default via ${escaped(gateway)} dev eth0 $`,
      `^169\\.254\\.169\\.254 dev eth0 $`,
      `^${escaped(gateway.replace(/1$/, '0/24'))} dev eth0 proto kernel scope link src ${escaped(node)} $`,
    ].join('\\n') + `[^]*^${escaped(pod)} dev eni[0-9a-f]{11} scope link $`,
    'm',
  )

/** What each command prints at the workstation. A command of the tutorial without a line here fails the test. */
const expected: Readonly<Record<string, readonly RegExp[]>> = {
  'PODIP1=$(kubectl get pods -o custom-columns=:.metadata.name,PodIP:status.podIP | grep 192.168.1. | cut -c 33-)':
    [/^$/],
  'PODIP2=$(kubectl get pods -o custom-columns=:.metadata.name,PodIP:status.podIP | grep 192.168.2. | cut -c 33-)':
    [/^$/],
  'PODIP3=$(kubectl get pods -o custom-columns=:.metadata.name,PodIP:status.podIP | grep 192.168.3. | cut -c 33-)':
    [/^$/],
  'kubectl get pods -o custom-columns=PodNAME:.metadata.name,PodIP:status.podIP': [
    /^PodNAME +PodIP\n(netshoot-pod-[a-z0-9]{10}-[a-z0-9]{5} {3}192\.168\.[123]\.\d+\n){3}$/,
  ],
  'echo $PODIP1, $PODIP2, $PODIP3': [new RegExp(`^${escaped(pods.join(', '))}\\n$`)],
  'kubectl exec -it $PODNAME1 -- ping -c 2 $PODIP2': [pinged(pods[1], 2)],
  'kubectl exec -it $PODNAME1 -- ping -c 2 $PODIP3': [pinged(pods[2], 2)],
  'kubectl exec -it $PODNAME2 -- ping -c 2 $PODIP3': [pinged(pods[2], 2)],
  'kubectl exec -it $PODNAME1 -- ip -br addr': [
    /^lo +UNKNOWN +127\.0\.0\.1\/8/,
    /\neth0@if\d+ +UP +192\.168\.1\.239\/32/,
  ],
  'kubectl exec -it $PODNAME1 -- ip route show table main': [
    /^default via 169\.254\.1\.1 dev eth0 \n169\.254\.1\.1 dev eth0 scope link ?\n$/,
  ],
  'ssh ec2-user@$N1 sudo ip route show table main': [routes('192.168.1.1', '192.168.1.138', pods[0])],
  'ssh ec2-user@$N3 sudo ip route show table main': [routes('192.168.3.1', '192.168.3.20', pods[2])],
  'kubectl exec -it $PODNAME1 -- ping -c 1 www.google.com': [pinged(google ?? '', 1)],
  'kubectl exec -it $PODNAME1 -- curl -s ipinfo.io/ip ; echo': [
    new RegExp(`^${escaped(one?.publicAddress ?? '')}\\n$`),
  ],
  'ssh ec2-user@$N1 curl -s ipinfo.io/ip ; echo': [new RegExp(`^${escaped(one?.publicAddress ?? '')}\\n$`)],
  'ssh ec2-user@$N1 sudo iptables -L -n -v -t nat': [
    /^Chain PREROUTING \(policy ACCEPT \d+ packets, \d+ bytes\)\n pkts bytes target +prot opt in +out +source +destination/,
    /\nChain AWS-SNAT-CHAIN-0 \(1 references\)\n.*\n +[1-9]\d* .*AWS-SNAT-CHAIN-1 .*!192\.168\.0\.0\/16 /,
    /\n +[1-9]\d* +\d+ SNAT .* to:192\.168\.1\.138 random-fully\n/,
  ],
  'ssh ec2-user@$N1 sudo iptables -t nat -S': [
    /^-P PREROUTING ACCEPT\n/,
    /\n-A POSTROUTING -m comment --comment "AWS SNAT CHAIN" -j AWS-SNAT-CHAIN-0\n/,
    /\n-A KUBE-SERVICES .*10\.100\.0\.10\/32/,
  ],
  "ssh ec2-user@$N1 sudo iptables -t nat -S | grep 'A AWS-SNAT-CHAIN'": [
    /^-A AWS-SNAT-CHAIN-0 ! -d 192\.168\.0\.0\/16 -m comment --comment "AWS SNAT CHAIN" -j AWS-SNAT-CHAIN-1\n-A AWS-SNAT-CHAIN-1 ! -o vlan\+ -m comment --comment "AWS, SNAT" -m addrtype ! --dst-type LOCAL -j SNAT --to-source 192\.168\.1\.138 --random-fully\n$/,
  ],
  'kubectl delete deploy netshoot-pod': [/^deployment\.apps "netshoot-pod" deleted\n$/],
}

const logIn = /^ssh ec2-user@\$N([123])$/
const watchIcmp = 'sudo tcpdump -i any -nn icmp'

describe('the tutorial, typed at the prompt of `podpath lab shell`', () => {
  let lab: TestLab
  let workstation: Terminal
  /** The tutorial's further terminals, by the node they are logged in to. */
  const terminals = new Map<string, Terminal>()
  /** What each terminal's tcpdump had shown when it was stopped, by section and node. */
  const captured = new Map<string, string>()

  const open = async (): Promise<Terminal> => {
    const terminal = lab.terminal()
    await terminal.until(prompt)
    return terminal
  }
  /** Ctrl-C in every terminal that watches; the reader looks at what it saw. */
  const stopWatching = async (chapter: string): Promise<void> => {
    // tcpdump shows a packet within a second of its arrival, not at once (libpcap's read time-out).
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    for (const [node, terminal] of terminals) {
      terminal.type(ctrlC)
      await terminal.until(prompt, terminal.shown().lastIndexOf('listening on'))
      captured.set(
        `${chapter} node ${node}`,
        terminal.shown().slice(terminal.shown().lastIndexOf('listening on')),
      )
      await terminal.close()
    }
    terminals.clear()
  }
  const chapterOf = (section: string): string => /^\d+\.\d+/.exec(section)?.[0] ?? section

  beforeAll(async () => {
    lab = await startTestLab()
    workstation = await open()
  })
  afterAll(async () => {
    await workstation.close()
    expect((await lab.down()).exit).toBe(0)
  })

  test('holds the commands that are typed below, and no others', () => {
    const unknown = commands
      .map((command) => command.text)
      .filter((text) => !(text in expected) && !logIn.test(text) && text !== watchIcmp)
    expect(unknown).toEqual([])
    expect(
      Object.keys(expected).filter((text) => !commands.some((command) => command.text === text)),
    ).toEqual([])
    expect(commands).toHaveLength(27)
  })

  let current = ''
  let chapter = ''
  for (const [index, { section, text }] of commands.entries())
    test(`${index + 1}. ${section}: ${text}`, async () => {
      if (chapter !== chapterOf(section) && terminals.size > 0) await stopWatching(chapter)
      chapter = chapterOf(section)
      const node = logIn.exec(text)?.[1]
      if (node !== undefined) {
        const terminal = await open()
        terminals.set(node, terminal)
        current = node
        expect(await terminal.command(text)).toBe('')
        const address = topology.nodes[Number(node) - 1]?.address.replaceAll('.', '-') ?? ''
        expect(terminal.shown()).toMatch(new RegExp(`\\n\\[ec2-user@ip-${address} ~\\]\\$ $`))
        return
      }
      if (text === watchIcmp) {
        const terminal = terminals.get(current)
        terminal?.type(`${text}\n`)
        await terminal?.until(/\nlistening on any, link-type LINUX_SLL2 \(Linux cooked v2\)/)
        return
      }
      // The last of the pings has been seen before the reader goes on to the next step.
      if (!/ping/.test(text) && terminals.size > 0) await stopWatching(chapter)
      const printed = await workstation.command(text)
      for (const pattern of expected[text] ?? []) expect(printed).toMatch(pattern)
    })

  /** tcpdump's lines about one packet: interface, direction, source, destination. */
  const seen = (
    where: string,
    kind: 'request' | 'reply',
    sequence: number,
    peer: string,
  ): readonly string[] =>
    (captured.get(where) ?? '')
      .split('\n')
      .filter(
        (line) => line.includes(`echo ${kind}`) && line.includes(`seq ${sequence},`) && line.includes(peer),
      )
      .map((line) =>
        line
          .replace(/^\S+ +(\S+) +(In|Out) +IP (\S+) > (\S+): .*/, '$1 $2 $3 $4')
          .replace(/^eni[0-9a-f]{11}/, 'eni'),
      )

  test.each([
    { from: 1, to: 2, because: 'pod 1 to pod 2' },
    { from: 1, to: 3, because: 'pod 1 to pod 3' },
    { from: 2, to: 3, because: 'pod 2 to pod 3' },
  ])('tcpdump on both nodes shows $because with the pods’ own addresses: no translation', ({ from, to }) => {
    const a = pods[from - 1] ?? ''
    const b = pods[to - 1] ?? ''
    for (const sequence of [1, 2]) {
      const with2 = (node: number, kind: 'request' | 'reply') =>
        seen(`2.1 node ${node}`, kind, sequence, kind === 'request' ? `${a} > ${b}` : `${b} > ${a}`)
      expect(with2(from, 'request')).toEqual([`eni In ${a} ${b}`, `eth0 Out ${a} ${b}`])
      expect(with2(to, 'request')).toEqual([`eth0 In ${a} ${b}`, `eni Out ${a} ${b}`])
      expect(with2(to, 'reply')).toEqual([`eni In ${b} ${a}`, `eth0 Out ${b} ${a}`])
      expect(with2(from, 'reply')).toEqual([`eth0 In ${b} ${a}`, `eni Out ${b} ${a}`])
    }
  })

  test('tcpdump on node 1 shows the ping to the internet with two sources: the pod’s, then the node’s', () => {
    const node = one?.address ?? ''
    const outside = google ?? ''
    expect(seen('2.2 node 1', 'request', 1, outside)).toEqual([
      `eni In ${pods[0]} ${outside}`,
      `eth0 Out ${node} ${outside}`,
    ])
    expect(seen('2.2 node 1', 'reply', 1, outside)).toEqual([
      `eth0 In ${outside} ${node}`,
      `eni Out ${outside} ${pods[0]}`,
    ])
  })

  test('after the last command the pods, their interfaces and their routes are gone', async () => {
    await expect
      .poll(async () => (await lab.run('kubectl', 'get', 'pods')).err, { timeout: 60_000, interval: 500 })
      .toBe('No resources found in default namespace.\n')
    for (const [index, node] of [one, two, three].entries()) {
      const { out } = await lab.run('ssh', `ec2-user@${node?.address ?? ''}`, 'ip', 'route')
      expect(out).toContain('default via')
      expect(out).not.toContain(pods[index])
    }
  })
})
