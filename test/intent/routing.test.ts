import { describe, expect, test } from 'vitest'
import { printRules, routeArguments, type IntendedRoute } from '../../src/intent/routing.ts'
import { amiIntent, deviceName } from '../../src/intent/vpc-cni/ami.ts'
import { nodeIntent } from '../../src/intent/vpc-cni/node.ts'
import { podIntent } from '../../src/intent/vpc-cni/pod.ts'
import { settingsFor, type Ami } from '../../src/intent/vpc-cni/settings.ts'
import { ip4Of } from '../../src/model/address/address.ts'
import { prefix } from '../../src/model/address/prefix.ts'
import { inFreshNamespace } from './fresh-namespace.ts'

const lines = (text: string): readonly string[] =>
  text
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')

const subnet = prefix('192.168.1.0/24')
const enisOf = (ami: Ami) => [
  {
    device: deviceName(ami, 0),
    deviceIndex: 0,
    mac: '02:00:00:00:01:38',
    address: ip4Of('192.168.1.138'),
    subnet,
  },
  {
    device: deviceName(ami, 1),
    deviceIndex: 1,
    mac: '02:00:00:00:00:55',
    address: ip4Of('192.168.1.55'),
    subnet,
  },
]
const replace =
  (command: 'replace' | 'del') =>
  (route: IntendedRoute): string =>
    `ip route ${command} ${routeArguments(route)}`

describe.each(['al2', 'al2023'] as const)('a node of %s, made line by line', (ami) => {
  const enis = enisOf(ami)
  const settings = settingsFor(ami)
  const node = nodeIntent({ settings, enis, vpcCidrs: [prefix('192.168.0.0/16')] })
  const image = amiIntent({ ami, primary: enis[0]!, resolver: ip4Of('192.168.0.2') })
  const pods = [
    { name: 'pod-a', address: '192.168.1.197', eni: enis[0]! },
    { name: 'pod-b', address: '192.168.1.60', eni: enis[1]! },
  ].map(({ name, address, eni }) =>
    podIntent({ settings, pod: { namespace: 'default', name, address: ip4Of(address), eni } }),
  )
  const rules = [...node.rules, ...pods.flatMap((pod) => pod.host.rules)]
  const script = [
    ...node.links.flatMap(({ device, mac, mtu }) => [
      `ip link add ${device} mtu ${mtu} address ${mac} type veth peer name ${device}-far`,
      `ip link set ${device}-far up`,
      `ip link set ${device} up`,
    ]),
    ...pods.flatMap(({ hostInterface, mtu, transmitQueueLength }) => [
      `ip link add ${hostInterface} mtu ${mtu} txqueuelen ${transmitQueueLength} type veth peer name far${hostInterface.slice(3, 9)}`,
      `ip link set far${hostInterface.slice(3, 9)} up`,
      `ip link set ${hostInterface} up`,
    ]),
    `ip addr add ${image.primary.address} dev ${image.primary.device}${image.primary.metric === null ? '' : ` metric ${image.primary.metric}`}`,
    ...node.links.flatMap(({ device, address }) =>
      address === null ? [] : [`ip addr add ${address} dev ${device}`],
    ),
    // The default route needs the subnet's, which comes with the address.
    ...image.routes.toReversed().map(replace('replace')),
    ...node.routes.map(replace('replace')),
    ...node.removedRoutes.map(replace('del')),
    ...pods.flatMap((pod) => pod.host.routes.map(replace('replace'))),
    ...rules.map(({ priority, line }) => `ip rule add pref ${priority} ${line}`),
    'ip rule; echo =; ip route show table main; echo =; ip route show table 2; echo =; ip -o link show',
  ].join('\n')
  const [rule = '', main = '', second = '', link = ''] = inFreshNamespace(script).split('=\n')

  test('ip rule prints every rule, none else', () => {
    expect(lines(rule)).toEqual(printRules(rules))
  })

  test('ip route prints the image and the pods', () => {
    const last = (line: string): number => Number(/^[\d.]+\.(\d+)/.exec(line)?.[1] ?? -1)
    expect(lines(main)).toEqual([
      ...image.routes.map((route) => route.line),
      ...pods.map((pod) => pod.host.routes[0]!.line).toSorted((a, b) => last(a) - last(b)),
    ])
  })

  test('the secondary ENI has its table', () => {
    expect(lines(second)).toEqual([
      `default via 192.168.1.1 dev ${enis[1]!.device}`,
      `192.168.1.1 dev ${enis[1]!.device} scope link`,
    ])
  })

  test("a pod's veth prints no qlen", () => {
    const [veth = ''] = lines(link).filter((line) => line.includes(`${pods[0]!.hostInterface}@`))
    expect(veth).toContain('mtu 9001')
    expect(veth).not.toContain('qlen')
  })
})

test('a pod, made in the order of the plugin', () => {
  const { pod } = podIntent({
    settings: settingsFor('al2'),
    pod: { namespace: 'default', name: 'p', address: ip4Of('192.168.1.197'), eni: { deviceIndex: 0 } },
  })
  const { address, dev, state } = pod.neighbour
  const [route = '', neighbour = '', addr = ''] = inFreshNamespace(
    [
      `ip link add ${pod.interface} type veth peer name far`,
      'ip link set far up',
      `ip link set ${pod.interface} up`,
      ...pod.routes.map(replace('replace')),
      `ip addr add ${pod.address} dev ${pod.interface}`,
      `ip neigh add ${address} lladdr 9a:a3:da:ae:ed:af nud ${state} dev ${dev}`,
      `ip route show; echo =; ip neigh; echo =; ip -4 -o addr show ${pod.interface}`,
    ].join('\n'),
  ).split('=\n')
  expect(route).toBe('default via 169.254.1.1 dev eth0 \n169.254.1.1 dev eth0 scope link \n')
  expect(neighbour).toBe('169.254.1.1 dev eth0 lladdr 9a:a3:da:ae:ed:af PERMANENT \n')
  expect(addr).toMatch(/inet 192\.168\.1\.197\/32 scope global eth0/)
})
