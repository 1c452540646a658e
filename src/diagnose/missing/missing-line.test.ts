import { describe, expect, test } from 'vitest'
import { readFabric } from '../../linux/fabric.ts'
import type { Hop, Path } from '../../model/path/path.ts'
import { missingLine } from './missing-line.ts'
import { servicePortsOf } from '../../kubernetes/service-ports.ts'

const link = (index: number, name: string, up = true) => ({
  ifindex: index,
  ifname: name,
  flags: ['BROADCAST', ...(up ? ['UP', 'LOWER_UP'] : [])],
  mtu: 9001,
  operstate: up ? 'UP' : 'DOWN',
  link_type: 'ether',
  address: `02:00:00:00:00:0${index}`,
})
const address = (index: number, name: string, local: string) => ({
  ifindex: index,
  ifname: name,
  mtu: 9001,
  flags: ['UP'],
  addr_info: [{ family: 'inet', local, prefixlen: 32, scope: 'global' }],
})
const toPod = { dst: '192.168.3.143', dev: 'eni1', scope: 'link', flags: [] }
const byDefault = { dst: 'default', gateway: '192.168.3.1', dev: 'eth0', flags: [] }
const rules = [{ priority: 512, src: 'all', dst: '192.168.3.143', table: 'main' }]

function fabricWith(
  routes: readonly object[],
  options: { readonly up?: boolean; readonly podRoutes?: readonly object[] } = {},
) {
  const file = (value: unknown): string => JSON.stringify(value)
  return readFabric(
    new Map([
      ['n/link.json', file([link(1, 'eth0'), link(2, 'eni1', options.up ?? true)])],
      ['n/addr.json', file([address(1, 'eth0', '192.168.3.20')])],
      ['n/rule.json', file(rules)],
      ['n/route.json', file(routes)],
      ['p/link.json', file([link(1, 'eth0')])],
      ['p/addr.json', file([address(1, 'eth0', '192.168.3.143')])],
      [
        'p/route.json',
        file(options.podRoutes ?? [{ dst: 'default', gateway: '169.254.1.1', dev: 'eth0', flags: [] }]),
      ],
      [
        'bundle.json',
        file({
          version: 1,
          stacks: [
            { id: 'node/three', dir: 'n' },
            { id: 'pod/default/web', dir: 'p' },
          ],
          wires: [{ a: ['pod/default/web', 'eth0'], b: ['node/three', 'eni1'] }],
        }),
      ],
    ]),
    null,
  ).fabric
}

const packet = { src: '192.168.1.1', dst: '192.168.3.143', protocol: 'icmp' }
const hop = (stack: string, more: Partial<Hop>): Hop => ({
  stack,
  in: null,
  out: null,
  packetIn: null,
  packetOut: null,
  decisions: [],
  ...more,
})
const lostAt = (stoppedAt: string, forward: readonly Hop[]): Path => ({
  verdict: 'dropped',
  replyVerdict: null,
  stoppedAt,
  forward,
  reply: [],
})
const sentBack = lostAt('vpc/1', [
  hop('node/three', {
    in: 'eth0',
    out: 'eth0',
    packetIn: packet,
    packetOut: packet,
    decisions: [
      { stage: 'route', by: 'default via 192.168.3.1 dev eth0', effect: 'via 192.168.3.1 dev eth0' },
    ],
  }),
])

const to = '8.8.8.8'

describe('what is missing is named', () => {
  test('a node without the /32 route of its pod, with the rule that looks for it and the route taken instead', () => {
    expect(missingLine({ path: sentBack, to, fabric: fabricWith([byDefault]), services: [] })).toEqual({
      kind: 'pod-route',
      at: 'node/three',
      pod: 'pod/default/web',
      address: '192.168.3.143',
      device: 'eni1',
      rule: '512: from all to 192.168.3.143 lookup main',
      taken: 'default via 192.168.3.1 dev eth0',
    })
  })
  test('the veth is down: that is why the route is gone', () => {
    expect(
      missingLine({ path: sentBack, to, fabric: fabricWith([byDefault], { up: false }), services: [] }),
    ).toMatchObject({
      kind: 'pod-link-down',
      device: 'eni1',
    })
  })
  test.each([
    {
      because: 'the route is there: something else sent the packet away',
      routes: [byDefault, toPod],
      path: sentBack,
    },
    {
      because: 'the packet was delivered',
      routes: [byDefault],
      path: { ...sentBack, verdict: 'delivered' as const },
    },
  ])('nothing, because $because', ({ routes, path }) => {
    expect(missingLine({ path, to, fabric: fabricWith(routes), services: [] })).toBeNull()
  })

  const unsent = lostAt('pod/default/web', [
    hop('pod/default/web', {
      packetOut: null,
      decisions: [
        {
          stage: 'route',
          by: '32767: from all lookup default',
          effect: 'in whatever words',
          refusal: 'no-route',
        },
      ],
    }),
  ])
  test('a pod without a default route', () => {
    expect(
      missingLine({ path: unsent, to, fabric: fabricWith([byDefault], { podRoutes: [] }), services: [] }),
    ).toMatchObject({
      kind: 'default-route',
      at: 'pod/default/web',
      destination: '8.8.8.8',
    })
    expect(missingLine({ path: unsent, to, fabric: fabricWith([byDefault]), services: [] })).toBeNull()
  })

  const services = servicePortsOf({
    items: [
      {
        metadata: { namespace: 'kube-system', name: 'kube-dns' },
        spec: { clusterIP: '10.100.0.10', ports: [{ port: 53, protocol: 'UDP' }, { port: 53 }] },
      },
      {
        metadata: { namespace: 'default', name: 'headless' },
        spec: { clusterIP: 'None', ports: [{ port: 80 }] },
      },
    ],
  })
  test.each([
    { protocol: 'tcp', destinationPort: 80, asked: 'TCP 80' },
    { protocol: 'icmp', destinationPort: undefined, asked: 'ICMP' },
    { protocol: 'udp', destinationPort: 53, asked: null },
  ])(
    'a port that the service has not: $protocol $destinationPort',
    ({ protocol, destinationPort, asked }) => {
      const packetOut = {
        src: '192.168.1.1',
        dst: '10.100.0.10',
        protocol,
        ...(destinationPort === undefined ? {} : { destinationPort }),
      }
      const path = lostAt('igw/1', [hop('node/one', { out: 'eth0', packetOut })])
      const found = missingLine({ path, to, fabric: fabricWith([byDefault]), services })
      if (asked === null) expect(found).toBeNull()
      else
        expect(found).toEqual({
          kind: 'service-port',
          at: 'node/one',
          service: 'kube-system/kube-dns',
          address: '10.100.0.10',
          asked,
          ports: '53/UDP, 53/TCP',
        })
    },
  )
})
