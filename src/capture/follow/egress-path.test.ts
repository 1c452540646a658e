import { expect, test } from 'vitest'
import { ip } from '../../model/address/address.ts'
import type { Hop } from '../../model/path/path.ts'
import type { Sighting } from '../../model/packet/sighting.ts'
import type { Passage } from './input.ts'
import { hopsBack, hopsOut } from './egress-path.ts'

const seen = (direction: 'in' | 'out', from: string, to: string): Sighting => {
  const [source = '', sourcePort] = from.split(':')
  const [destination = '', destinationPort] = to.split(':')
  return {
    point: { stack: 'node/n', interface: 'eth0' },
    direction,
    time: 0n,
    packet: {
      source: ip(source),
      destination: ip(destination),
      protocol: 17,
      ttl: 63,
      id: 0,
      length: 40,
      fragmentOffset: 0,
      transport: {
        kind: 'udp',
        sourcePort: Number(sourcePort),
        destinationPort: Number(destinationPort),
      },
      payloadDigest: 0,
      payloadLength: 12,
    },
    capture: 0,
    frame: 0,
  }
}

const text = (hops: readonly Hop[]): readonly string[] =>
  hops.map(({ stack, packetIn, packetOut }) => {
    const [before, after] = [packetIn, packetOut].map((view) =>
      view === null
        ? '-'
        : `${view.src}:${view.sourcePort ?? '?'} > ${view.dst}:${view.destinationPort ?? '?'}${view.ttl === undefined ? '' : ` ttl ${view.ttl}`}`,
    )
    return before === after ? `${stack} ${before}` : `${stack} ${before} | ${after}`
  })

const sent = seen('out', '10.0.1.5:40000', '8.8.8.8:53')
const answer = seen('in', '8.8.8.8:53', '10.0.1.5:40000')

test('an internet gateway leaves the ports as they are; behind it the TTL is not known', () => {
  const passages: readonly Passage[] = [
    { stack: 'vpc/v', source: ip('10.0.1.5') },
    { stack: 'igw/g', source: ip('203.0.113.5') },
    { stack: 'internet', source: null },
  ]
  const out = hopsOut(sent, passages)
  expect(text(out)).toEqual([
    'vpc/v 10.0.1.5:40000 > 8.8.8.8:53 ttl 63',
    'igw/g 10.0.1.5:40000 > 8.8.8.8:53 ttl 63 | 203.0.113.5:40000 > 8.8.8.8:53',
    'internet 203.0.113.5:40000 > 8.8.8.8:53 | -',
  ])
  expect(text(hopsBack(answer, out))).toEqual([
    'internet - | 8.8.8.8:53 > 203.0.113.5:40000',
    'igw/g 8.8.8.8:53 > 203.0.113.5:40000 | 8.8.8.8:53 > 10.0.1.5:40000 ttl 63',
    'vpc/v 8.8.8.8:53 > 10.0.1.5:40000 ttl 63',
  ])
})

test('a NAT gateway chooses the port, which nobody behind it knows', () => {
  const passages: readonly Passage[] = [
    { stack: 'vpc/v', source: ip('10.0.1.5') },
    { stack: 'nat/n', source: ip('10.0.9.7'), choosesPort: true },
    { stack: 'vpc/v', source: ip('10.0.9.7') },
    { stack: 'igw/g', source: ip('203.0.113.5') },
    { stack: 'internet', source: null },
  ]
  const out = hopsOut(sent, passages)
  expect(text(out).slice(1)).toEqual([
    'nat/n 10.0.1.5:40000 > 8.8.8.8:53 ttl 63 | 10.0.9.7:? > 8.8.8.8:53',
    'vpc/v 10.0.9.7:? > 8.8.8.8:53',
    'igw/g 10.0.9.7:? > 8.8.8.8:53 | 203.0.113.5:? > 8.8.8.8:53',
    'internet 203.0.113.5:? > 8.8.8.8:53 | -',
  ])
  expect(text(hopsBack(answer, out))).toEqual([
    'internet - | 8.8.8.8:53 > 203.0.113.5:?',
    'igw/g 8.8.8.8:53 > 203.0.113.5:? | 8.8.8.8:53 > 10.0.9.7:?',
    'vpc/v 8.8.8.8:53 > 10.0.9.7:?',
    'nat/n 8.8.8.8:53 > 10.0.9.7:? | 8.8.8.8:53 > 10.0.1.5:40000 ttl 63',
    'vpc/v 8.8.8.8:53 > 10.0.1.5:40000 ttl 63',
  ])
})

test('where the way out is not known, the packet ends in the VPC and its answer comes from there', () => {
  const out = hopsOut(sent, [{ stack: 'vpc/v', source: null }])
  expect(text(out)).toEqual(['vpc/v 10.0.1.5:40000 > 8.8.8.8:53 ttl 63 | -'])
  expect(text(hopsBack(answer, out))).toEqual(['vpc/v - | 8.8.8.8:53 > 10.0.1.5:40000 ttl 63'])
})
