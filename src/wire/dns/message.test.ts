import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { ip, type Ip4, type Ip6 } from '../../model/address/address.ts'
import { isProblem } from '../decoded.ts'
import { dnsType, readDns, writeDns, type DnsMessage, type DnsRecord } from './message.ts'

const read = (octets: Uint8Array): ReturnType<typeof readDns> =>
  readDns(new DataView(octets.buffer, octets.byteOffset, octets.byteLength))

const empty: DnsMessage = {
  id: 1,
  response: false,
  opcode: 0,
  authoritative: false,
  truncated: false,
  recursionDesired: true,
  recursionAvailable: false,
  code: 0,
  questions: [],
  answers: [],
  authorities: [],
  additionals: [],
}

const label = fc.stringMatching(/^[a-z0-9_-]{1,12}$/)
const name = fc.array(label, { maxLength: 6 }).map((labels) => labels.join('.'))
const ttl = fc.integer({ min: 0, max: 0xffffffff })
const record: fc.Arbitrary<DnsRecord> = fc.oneof(
  fc.record({
    name,
    type: fc.constant(dnsType.a),
    class: fc.constant(1),
    ttl,
    data: fc.record({ kind: fc.constant('a' as const), address: ttl.map((n) => n as Ip4) }),
  }),
  fc.record({
    name,
    type: fc.constant(dnsType.aaaa),
    class: fc.constant(1),
    ttl,
    data: fc.record({
      kind: fc.constant('aaaa' as const),
      address: fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }).map((n) => n as Ip6),
    }),
  }),
  fc.record({
    name,
    type: fc.constant(dnsType.cname),
    class: fc.constant(1),
    ttl,
    data: fc.record({ kind: fc.constant('cname' as const), name }),
  }),
  fc.record({
    name,
    type: fc.constant(dnsType.txt),
    class: fc.constant(1),
    ttl,
    data: fc.record({ kind: fc.constant('other' as const), octets: fc.uint8Array({ maxLength: 40 }) }),
  }),
)

property.prop([
  fc.record({
    id: fc.nat(65535),
    response: fc.boolean(),
    opcode: fc.nat(15),
    authoritative: fc.boolean(),
    truncated: fc.boolean(),
    recursionDesired: fc.boolean(),
    recursionAvailable: fc.boolean(),
    code: fc.nat(15),
    questions: fc.array(fc.record({ name, type: fc.nat(65535), class: fc.nat(65535) }), { maxLength: 3 }),
    answers: fc.array(record, { maxLength: 6 }),
    authorities: fc.array(record, { maxLength: 2 }),
    additionals: fc.array(record, { maxLength: 2 }),
  }),
])('what is written, names compressed, reads the same', (message) => {
  const octets = writeDns(message)
  expect(read(octets)).toEqual({ value: message, used: octets.length })
})

test('a name that was written before becomes a pointer', () => {
  const answer: DnsRecord = {
    name: 'www.google.com',
    type: dnsType.a,
    class: 1,
    ttl: 60,
    data: { kind: 'a', address: ip('142.250.1.99') as Ip4 },
  }
  const message = { ...empty, questions: [{ name: 'www.google.com', type: 1, class: 1 }], answers: [answer] }
  expect(writeDns(message).length).toBe(12 + 20 + 16)
})

test('an answer that does not fit is cut to its question and marked', () => {
  const answers = Array.from({ length: 40 }, (): DnsRecord => ({
    name: 'a',
    type: dnsType.a,
    class: 1,
    ttl: 1,
    data: { kind: 'a', address: 1 as Ip4 },
  }))
  const octets = writeDns({ ...empty, questions: [{ name: 'a', type: 1, class: 1 }], answers }, 512)
  expect(read(octets)).toMatchObject({ value: { truncated: true, answers: [] } })
})

describe('hostile messages are told apart, never followed for ever', () => {
  const header = [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]
  test.each([
    { octets: [0xc0, 12, 0, 1, 0, 1], field: 'dns.compression', because: 'it points at itself' },
    { octets: [0xc0, 20, 0, 1, 0, 1], field: 'dns.compression', because: 'it points ahead' },
    { octets: [1, 97, 0xc0, 12, 0, 1], field: 'dns.compression', because: 'it points into its own labels' },
    { octets: [0x80, 0, 0, 1, 0, 1], field: 'dns.label', because: 'no label has 128 octets' },
  ])('$field: $because', ({ octets, field }) => {
    expect(read(Uint8Array.from([...header, ...octets]))).toMatchObject({ problem: 'bad-field', field })
  })

  test('a control character in a name is written as its number', () => {
    const octets = Uint8Array.from([...header, 3, 27, 46, 97, 0, 0, 1, 0, 1])
    expect(read(octets)).toMatchObject({ value: { questions: [{ name: '\\027\\046a' }] } })
  })

  property.prop([fc.uint8Array({ maxLength: 300 })], { numRuns: 2000 })(
    'no octets make it throw',
    (octets) => {
      const message = read(octets)
      if (!isProblem(message)) expect(message.used).toBeLessThanOrEqual(octets.length)
    },
  )
})
