import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CaptureReader } from '../../src/capture/files/reader.ts'
import { keepFrame, type Frame } from '../../src/capture/files/frame.ts'
import { probeComments } from '../../src/capture/follow/comment.ts'
import { follow } from '../../src/capture/follow/follow.ts'
import { writePcapHeader, writePcapRecord, type PcapHeader } from '../../src/capture/files/pcap.ts'
import { writeRunCapture, type KeptCapture } from '../../src/capture/files/run-capture.ts'
import { readSightings, type CaptureSource } from '../../src/capture/files/sighting-reader.ts'
import { formatIp, formatIp4, ip, type Ip4, type Ip6 } from '../../src/model/address/address.ts'
import { dissect } from '../../src/wire/dissect.ts'
import { dnsType, writeDns } from '../../src/wire/dns/message.ts'
import { linkType } from '../../src/wire/link/link-type.ts'
import { writeIpv4 } from '../../src/wire/network/ipv4.ts'
import { writeUdp } from '../../src/wire/transport/udp.ts'

/** Needs root (namespaces), tcpdump and tshark. */
const stacks = ['pod1', 'node1', 'node3', 'pod3'] as const
const captures = [...stacks, 'node1-sll', 'node1-ethernet', 'internet'] as const

let made = ''
beforeAll(() => {
  made = mkdtempSync(join(tmpdir(), 'podpath-captures-'))
  execFileSync('bash', [new URL('make-fixtures.sh', import.meta.url).pathname, made], {
    stdio: 'pipe',
    timeout: 90_000,
  })
})
afterAll(() => {
  if (made !== '') rmSync(made, { recursive: true, force: true })
})

function tshark(file: string, fields: readonly string[]): string[][] {
  const { status, stdout, stderr } = spawnSync(
    'tshark',
    [
      '-r',
      file,
      '-n',
      '-T',
      'fields',
      '-E',
      'occurrence=f',
      '-E',
      'separator=/t',
      ...fields.flatMap((f) => ['-e', f]),
    ],
    { encoding: 'utf8', env: { ...process.env, HOME: made }, maxBuffer: 1 << 26 },
  )
  if (status !== 0) throw new Error(`tshark: ${stderr}`)
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split('\t'))
}

function framesOf(octets: Uint8Array): Frame[] {
  const frames: Frame[] = []
  const reader = new CaptureReader((frame) => frames.push(keepFrame(frame)))
  reader.write(octets)
  expect(reader.end()).toBeNull()
  return frames
}

const fields = [
  'frame.time_epoch',
  'frame.len',
  'frame.cap_len',
  'ip.src',
  'ip.dst',
  'ip.ttl',
  'ip.id',
  'ip.len',
  'ipv6.src',
  'ipv6.hlim',
  'icmp.type',
  'icmp.seq',
  'icmpv6.type',
  'tcp.srcport',
  'tcp.seq_raw',
  'tcp.flags',
  'udp.dstport',
  'dns.qry.name',
  'arp.dst.proto_ipv4',
]

const hex = (value: number, digits: number): string => `0x${value.toString(16).padStart(digits, '0')}`

/** Our reading of a frame, in tshark's words. */
function ours(frame: Frame): string[] {
  const said = new Map<string, string>()
  const fraction = (frame.time % 1_000_000_000n).toString().padStart(9, '0')
  said.set('frame.time_epoch', `${frame.time / 1_000_000_000n}.${fraction}`)
  said.set('frame.len', String(frame.originalLength))
  said.set('frame.cap_len', String(frame.octets.length))
  const tell = (field: string, value: string): void => {
    // tshark is asked for the first occurrence: a quoted packet comes second.
    if (!said.has(field)) said.set(field, value)
  }
  for (const layer of dissect(frame.octets, frame.interface.linkType).layers) {
    if (layer.kind === 'ipv4') {
      tell('ip.src', formatIp4(layer.header.source))
      tell('ip.dst', formatIp4(layer.header.destination))
      tell('ip.ttl', String(layer.header.ttl))
      tell('ip.id', hex(layer.header.id, 4))
      tell('ip.len', String(layer.header.totalLength))
    } else if (layer.kind === 'ipv6') {
      tell('ipv6.src', formatIp(layer.header.source))
      tell('ipv6.hlim', String(layer.header.hopLimit))
    } else if (layer.kind === 'icmp') {
      tell('icmp.type', String(layer.header.type))
      if (layer.header.type === 0 || layer.header.type === 8) tell('icmp.seq', String(layer.header.sequence))
    } else if (layer.kind === 'icmpv6') tell('icmpv6.type', String(layer.header.type))
    else if (layer.kind === 'tcp') {
      tell('tcp.srcport', String(layer.header.sourcePort))
      // Of a quoted TCP header tshark names no raw sequence number.
      if (!said.has('icmp.type')) tell('tcp.seq_raw', String(layer.header.sequence))
      tell('tcp.flags', hex(layer.header.flags, 4))
    } else if (layer.kind === 'udp') tell('udp.dstport', String(layer.header.destinationPort))
    else if (layer.kind === 'dns')
      tell('dns.qry.name', layer.header.questions[0]?.name.replaceAll('\\046', '.') ?? '')
    else if (layer.kind === 'arp') tell('arp.dst.proto_ipv4', formatIp4(layer.header.targetAddress))
  }
  return fields.map((field) => said.get(field) ?? '')
}

describe('what tcpdump wrote reads as tshark reads it', () => {
  test.each(captures)('%s', (name) => {
    const file = join(made, `${name}.pcap`)
    const frames = framesOf(readFileSync(file))
    expect(frames.length).toBeGreaterThan(5)
    expect(frames.map(ours)).toEqual(tshark(file, fields))
  })

  test('the link types are those that the script asked for', () => {
    const typeOf = (name: string): number | undefined =>
      framesOf(readFileSync(join(made, `${name}.pcap`)))[0]?.interface.linkType
    expect(['node1', 'node1-sll', 'node1-ethernet'].map(typeOf)).toEqual([276, 113, 1])
  })
})

const sourceOf = (name: (typeof stacks)[number], capture: number): CaptureSource => {
  const links = JSON.parse(readFileSync(join(made, `${name}.link.json`), 'utf8')) as {
    ifindex: number
    ifname: string
  }[]
  const stack = name.startsWith('pod') ? `pod/default/${name}` : `node/${name}`
  return { capture, stack, interfaces: new Map(links.map((link) => [link.ifindex, link.ifname])) }
}

test('the captures of a run become one pcapng that tshark opens: named interfaces, nanoseconds, comments', () => {
  const kept = stacks.map((name, i): KeptCapture => ({
    source: sourceOf(name, i),
    octets: new Uint8Array(readFileSync(join(made, `${name}.pcap`))),
  }))
  const sightings = kept.flatMap(({ source, octets }) => readSightings(octets, source).sightings)
  const observation = follow({
    sightings,
    stacks: stacks.map((_, i) => ({
      stack: kept[i]!.source.stack,
      captured: 'any',
      dropped: 0,
      addresses: [],
    })),
    wires: [],
    flow: {
      from: 'pod/default/pod1',
      source: null,
      destination: ip('192.168.3.143'),
      protocol: 1,
      window: { from: 0n, to: 1n << 63n },
    },
    vpc: null,
    epoch: 0n,
  })
  const run = writeRunCapture(kept, probeComments(observation), 'podpath test')
  expect(run.problems.size).toBe(0)
  const file = join(made, 'run.pcapng')
  writeFileSync(file, run.octets)
  const rows = tshark(file, [
    'frame.interface_name',
    'frame.time_epoch',
    'frame.comment',
    'ip.dst',
    'ip.proto',
    'icmp.type',
    'frame.packet_flags_direction',
  ])
  expect(rows.length).toBe(kept.reduce((sum, { octets }) => sum + framesOf(octets).length, 0))
  expect([...new Set(rows.map(([name]) => name))].sort()).toEqual([
    'node/node1/eni1',
    'node/node1/eth0',
    'node/node3/eni3',
    'node/node3/eth0',
    'pod/default/pod1/eth0',
    'pod/default/pod3/eth0',
  ])
  const commented = rows.filter(([, , comment]) => comment !== '')
  expect(commented.length).toBe(2 * 12 + 4)
  expect(commented[0]).toMatchObject(
    [
      'pod/default/pod1/eth0',
      /^\d+\.\d{9}$/,
      /probe 1 of 3, forward.*out of pod\/default\/pod1/,
      '192.168.3.143',
      '1',
      '8',
      '0x00000002',
    ].map((want) => (typeof want === 'string' ? want : (expect.stringMatching(want) as string))),
  )
  // Nanoseconds survive: node1 was captured with them.
  expect(rows.some(([, time]) => time !== undefined && !time.endsWith('000'))).toBe(true)
  expect(framesOf(run.octets).map((frame) => frame.time)).toEqual(
    [...framesOf(run.octets).map((frame) => frame.time)].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)),
  )
})

test('tshark reads the DNS answer that we write, compression and checksums included', () => {
  const message = writeDns({
    id: 0x1234,
    response: true,
    opcode: 0,
    authoritative: true,
    truncated: false,
    recursionDesired: true,
    recursionAvailable: true,
    code: 0,
    questions: [{ name: 'www.google.com', type: dnsType.a, class: 1 }],
    answers: [
      {
        name: 'www.google.com',
        type: dnsType.cname,
        class: 1,
        ttl: 30,
        data: { kind: 'cname', name: 'l.google.com' },
      },
      {
        name: 'l.google.com',
        type: dnsType.a,
        class: 1,
        ttl: 30,
        data: { kind: 'a', address: ip('198.51.100.7') as Ip4 },
      },
      {
        name: 'l.google.com',
        type: dnsType.aaaa,
        class: 1,
        ttl: 30,
        data: { kind: 'aaaa', address: ip('2001:db8::7') as Ip6 },
      },
    ],
    authorities: [],
    additionals: [],
  })
  const packet = new Uint8Array(28 + message.length)
  writeIpv4(new DataView(packet.buffer), {
    typeOfService: 0,
    totalLength: packet.length,
    id: 1,
    dontFragment: false,
    moreFragments: false,
    fragmentOffset: 0,
    ttl: 64,
    protocol: 17,
    checksum: 0,
    source: ip('192.168.0.2') as Ip4,
    destination: ip('192.168.1.239') as Ip4,
    options: new Uint8Array(0),
  })
  writeUdp(new DataView(packet.buffer, 20), {
    sourcePort: 53,
    destinationPort: 4000,
    length: 8 + message.length,
    checksum: 0,
  })
  packet.set(message, 28)
  const header: PcapHeader = {
    littleEndian: false,
    resolution: 'nanoseconds',
    linkType: linkType.raw,
    snapLength: 96,
  }
  const file = join(made, 'dns.pcap')
  writeFileSync(
    file,
    Buffer.concat([writePcapHeader(header), writePcapRecord(header, 1_500_000_001n, packet)]),
  )
  expect(
    tshark(file, [
      'frame.time_epoch',
      'ip.checksum.status',
      'dns.id',
      'dns.count.answers',
      'dns.cname',
      'dns.a',
      'dns.aaaa',
      '_ws.malformed',
    ]),
  ).toEqual([['1.500000001', '2', '0x1234', '3', 'l.google.com', '198.51.100.7', '2001:db8::7', '']])
})
