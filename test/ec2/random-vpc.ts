import { ip } from '../../src/model/address/address.ts'
import { prefix } from '../../src/model/address/prefix.ts'
import type { Eni, NatGateway, Vpc } from '../../src/model/vpc/vpc.ts'
import { entry, route, rule } from './tutorial-cloud.ts'

/** Six hosts in three subnets, and random VPCs around them: groups, network ACLs, route tables, checks. */

export const hosts = ['1.10', '1.20', '2.10', '2.20', '3.10', '3.20'] as const
export const internetAddresses = ['198.51.100.100', '198.51.100.7']
export const ports = [53, 80, 443, 8080]
/** From this source port on, a host's packets bear the address of the next host: only an unchecked ENI may send them. */
export const forgedPorts = 40000
export const forgedBy = (index: number) => hosts[(index + 1) % hosts.length]!
const subnetOf = (host: string) => `subnet-0000000000000000${host[0]}`
export const addressOf = (host: string) => `192.168.${host}`
export const second = (host: string) => `192.168.${host}5`
/** Its subnet is the first. */
export const natGateway: NatGateway = {
  id: 'nat-1',
  subnet: subnetOf('1.'),
  privateAddress: ip('192.168.1.7'),
  publicAddress: ip('203.0.113.77'),
}
const natEni: Eni = {
  id: 'eni-07777777777777777',
  subnet: natGateway.subnet,
  mac: '0e:00:00:00:01:77',
  addresses: [
    {
      address: natGateway.privateAddress,
      primary: true,
      publicAddress: natGateway.publicAddress,
      associationId: null,
    },
  ],
  prefixes: [],
  securityGroups: [],
  sourceDestCheck: false,
  attachment: null,
  description: '',
}
export const eniOf = (index: number) => `eni-0${String(index + 1).repeat(16)}`

/** Deterministic, so that a disagreement can be looked at again. */
export function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5) >>> 0
    return ((state ^ (state >>> 12)) >>> 0) / 2 ** 32
  }
}

export function randomVpc(next: () => number): Vpc {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!
  const chance = (p: number) => next() < p
  const some = <T>(most: number, make: (index: number) => T): T[] =>
    Array.from({ length: Math.floor(next() * (most + 1)) }, (_, index) => make(index))
  const range = () =>
    prefix(
      pick([
        '0.0.0.0/0',
        '192.168.0.0/16',
        '192.168.1.0/24',
        '192.168.2.10/32',
        '192.168.3.0/24',
        '198.51.100.0/24',
      ]),
    )
  const portRange = () => {
    const from = pick([53, 80, 443, 1024])
    return pick([null, { from, to: from }, { from, to: 65535 }, { from: 0, to: 1023 }])
  }
  const protocolAndPorts = () => {
    const protocol = pick([null, 17, 17, 17, 6])
    return { protocol, ports: protocol === null ? null : portRange() }
  }
  const groups = ['sg-1', 'sg-2', 'sg-3']
  const tables = ['rtb-1', 'rtb-2', 'rtb-3']
  return {
    id: 'vpc-1',
    region: 'ap-northeast-2',
    prefixes: [prefix('192.168.0.0/16')],
    subnets: [1, 2, 3].map((n) => ({
      id: subnetOf(`${n}.`),
      prefix: prefix(`192.168.${n}.0/24`),
      zone: 'ap-northeast-2a',
      mapPublicIp: true,
    })),
    interfaces: [
      ...hosts.map((host, index): Eni => ({
        id: eniOf(index),
        subnet: subnetOf(host),
        mac: `0e:00:00:00:01:0${index}`,
        addresses: [
          {
            address: ip(addressOf(host)),
            primary: true,
            publicAddress: index % 2 === 0 ? ip(`203.0.113.${index + 10}`) : null,
            associationId: null,
          },
          { address: ip(second(host)), primary: false, publicAddress: null, associationId: null },
        ],
        prefixes: [],
        securityGroups:
          groups.filter(() => chance(0.4)).length > 0 ? [pick(groups), pick(groups)] : [pick(groups)],
        sourceDestCheck: chance(0.8),
        attachment: { instance: `i-${index}`, deviceIndex: 0 },
        description: '',
      })),
      natEni,
    ],
    routeTables: tables.map((id, index) => ({
      id,
      main: index === 0,
      subnets: index === 0 ? [] : [subnetOf(`${index + 1}.`)],
      routes: [
        route(id, '192.168.0.0/16', { kind: 'local' }),
        ...(chance(0.8)
          ? [
              route(
                id,
                '0.0.0.0/0',
                chance(index === 0 ? 0.1 : 0.6)
                  ? { kind: 'nat-gateway', id: natGateway.id }
                  : { kind: 'internet-gateway', id: 'igw-1' },
              ),
            ]
          : []),
        ...(chance(0.3)
          ? [
              {
                ...route(id, '198.51.100.7/32', { kind: 'nat-gateway', id: 'nat-gone' }),
                state: 'blackhole' as const,
              },
            ]
          : []),
      ],
    })),
    securityGroups: groups.map((id) => ({
      id,
      name: id,
      description: '',
      rules: (['ingress', 'egress'] as const).flatMap((direction) => [
        ...(chance(0.6)
          ? [
              rule({
                id: `sgr-${id}-${direction}-all`,
                direction,
                protocol: null,
                ports: null,
                peer: { kind: 'prefix', prefix: prefix('0.0.0.0/0') },
              }),
            ]
          : []),
        ...some(4, (n) =>
          rule({
            id: `sgr-${id}-${direction}-${n}`,
            direction,
            ...protocolAndPorts(),
            peer: chance(0.4) ? { kind: 'group', id: pick(groups) } : { kind: 'prefix', prefix: range() },
          }),
        ),
      ]),
    })),
    networkAcls: [1, 2, 3].map((n) => ({
      id: `acl-${n}`,
      default: n === 1,
      subnets: [subnetOf(`${n}.`)],
      entries: (['ingress', 'egress'] as const).flatMap((direction) => [
        ...(chance(0.3)
          ? some(3, (index) =>
              entry(`acl-${n}`, {
                number: 10 + index,
                direction,
                action: pick(['allow', 'deny'] as const),
                ...protocolAndPorts(),
                prefix: range(),
              }),
            )
          : []),
        entry(`acl-${n}`, {
          number: 100,
          direction,
          action: chance(0.9) ? 'allow' : 'deny',
          protocol: null,
          prefix: prefix('0.0.0.0/0'),
          ports: null,
        }),
        entry(`acl-${n}`, {
          number: 32767,
          direction,
          action: 'deny',
          protocol: null,
          prefix: prefix('0.0.0.0/0'),
          ports: null,
        }),
      ]),
    })),
    internetGateways: ['igw-1'],
    natGateways: [natGateway],
    instances: [],
  }
}
