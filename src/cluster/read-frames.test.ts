import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { readComplaints, readFrames, readSaid, sysctlText } from './read-frames.ts'

const frame = (stack: number, name: string, payload: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(`#podpath ${stack} ${name} ${payload.length}\n`), payload, Buffer.from('\n')])
const end = Buffer.from('#podpath 0 .end 0\n\n')

describe('frames', () => {
  property.prop([fc.array(fc.record({ stack: fc.nat(50), payload: fc.uint8Array({ maxLength: 200 }) }))])(
    'give back every octet, whatever it is',
    (wanted) => {
      const said = Buffer.concat([...wanted.map((one) => frame(one.stack, 'link.json', one.payload)), end])
      const { frames, problem } = readFrames(said)
      expect(problem).toBeNull()
      expect(frames.map((one) => ({ stack: one.stack, payload: Uint8Array.from(one.payload) }))).toEqual(
        wanted.map(({ stack, payload }) => ({ stack, payload: Uint8Array.from(payload) })),
      )
    },
  )

  property.prop([fc.uint8Array({ maxLength: 400 })])('never throw on anything', (octets) => {
    expect(readFrames(octets).problem).not.toBeNull()
  })

  test('an output that looks like a frame is an output', () => {
    const hostile = Buffer.concat([frame(1, 'rule.json', Buffer.from('lie')), end])
    const { frames } = readFrames(Buffer.concat([frame(0, 'route.json', hostile), end]))
    expect(frames).toHaveLength(1)
    expect(frames[0]).toMatchObject({ stack: 0, name: 'route.json' })
  })

  test.each([
    { said: frame(0, 'a', Buffer.from('whole')), problem: 'the answer ends without its last frame' },
    { said: Buffer.from('#podpath 0 a 10\nshort'), problem: 'the answer ends inside a frame' },
    { said: Buffer.from('sh: not found\n'), problem: 'octet 0 of the answer begins no frame' },
    { said: Buffer.from('x'.repeat(500)), problem: 'octet 0 of the answer begins no frame' },
  ])('a cut or foreign answer says so: $problem', ({ said, problem }) => {
    expect(readFrames(said).problem).toBe(problem)
  })
})

describe('what a command said', () => {
  test.each([
    {
      payload: '[]\n\n0',
      limit: 100,
      said: { text: '[]\n', exit: 0 },
      because: 'the line before last ends the output',
    },
    { payload: '\n127', limit: 100, said: { text: '', exit: 127 }, because: 'no output at all' },
    { payload: '0123456789', limit: 10, said: null, because: 'a full frame was cut and has no exit status' },
    { payload: 'cut amid', limit: 100, said: null, because: 'no exit status, for whatever reason' },
  ])('$because', ({ payload, limit, said }) => {
    expect(readSaid(Buffer.from(payload), limit)).toEqual(said)
  })

  test('its last complaint is found by stack and file', () => {
    const stderr = '#0 nft.json\n#0 ipset-save.txt\nfirst\nsh: ipset: not found\n#1 nft.json\n'
    expect([...readComplaints(stderr)]).toEqual([['0 ipset-save.txt', 'sh: ipset: not found']])
  })
})

test('sysctls look as sysctl prints them, with a slash for a dot in an interface name', () => {
  const grepped = [
    '/proc/sys/net/ipv4/conf/eth0/rp_filter:2',
    '/proc/sys/net/ipv4/conf/eth0.100/rp_filter:1',
    '/proc/sys/net/ipv4/ip_local_port_range:32768\t60999',
    'grep: nonsense',
    '',
  ].join('\n')
  expect(sysctlText(grepped)).toBe(
    'net.ipv4.conf.eth0.rp_filter = 2\nnet.ipv4.conf.eth0/100.rp_filter = 1\nnet.ipv4.ip_local_port_range = 32768\t60999\n',
  )
})
