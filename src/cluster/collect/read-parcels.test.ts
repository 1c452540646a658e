import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { readComplaints, readParcels, sysctlText } from './read-parcels.ts'
import { snapshotArgv } from './snapshot-script.ts'

const parcel = (stack: number, outputs: readonly (readonly [string, Uint8Array])[]): Buffer =>
  Buffer.concat([
    Buffer.from(`#podpath ${stack}${outputs.map(([name]) => ` ${name}:0`).join('')}\n`),
    Buffer.from(outputs.map(([, octets]) => `${octets.length}\n`).join('')),
    ...outputs.map(([, octets]) => octets),
  ])
const end = Buffer.from('#podpath 0 .end:0\n0\n')
const octets = fc.uint8Array({ maxLength: 200 })

describe('parcels', () => {
  property.prop([fc.array(fc.array(octets, { minLength: 1, maxLength: 5 }), { maxLength: 5 })])(
    'give back every octet, whatever it is',
    (stacks) => {
      const named = stacks.map((outputs) => outputs.map((one, i) => [`file-${i}.json`, one] as const))
      const said = Buffer.concat([...named.map((outputs, stack) => parcel(stack, outputs)), end])
      const read = readParcels(said)
      expect(read.problem).toBeNull()
      expect(read.outputs.map((one) => [one.stack, one.name, Uint8Array.from(one.octets)])).toEqual(
        named.flatMap((outputs, stack) => outputs.map(([name, one]) => [stack, name, Uint8Array.from(one)])),
      )
    },
  )

  test('every output that the script has a name for is read', () => {
    const names = [
      ...snapshotArgv([])
        .join('\n')
        .matchAll(/\bsay ([^ \n$]+)/g),
    ].map(([, name = '']) => name)
    expect(names).toContain('link.json')
    expect(names.length).toBeGreaterThan(15)
    const one = parcel(
      0,
      names.map((name) => [name, Buffer.from(name)]),
    )
    const { problem, outputs } = readParcels(Buffer.concat([one, end]))
    expect({ problem, names: outputs.map(({ name }) => name) }).toEqual({ problem: null, names })
  })

  property.prop([fc.uint8Array({ maxLength: 400 })])('never throw on anything', (noise) => {
    expect(readParcels(noise).problem).not.toBeNull()
    expect(readParcels(Buffer.concat([Buffer.from('#podpath 0 a:0 b:1\n'), noise])).problem).not.toBeNull()
  })

  test('an output that looks like a parcel is an output', () => {
    const hostile = Buffer.concat([parcel(1, [['rule.json', Buffer.from('lie')]]), end])
    const { outputs } = readParcels(Buffer.concat([parcel(0, [['route.json', hostile]]), end]))
    expect(outputs).toHaveLength(1)
    expect(outputs[0]).toMatchObject({ stack: 0, name: 'route.json', exit: 0 })
  })

  test.each([
    { said: parcel(0, [['a', Buffer.from('whole')]]), problem: 'the answer ends without its last parcel' },
    { said: Buffer.from('#podpath 0 a:0\n10\nshort'), problem: 'the answer ends inside a parcel' },
    { said: Buffer.from('#podpath 0 a:0\nten\n'), problem: 'the answer ends inside a parcel' },
    { said: Buffer.from('sh: not found\n'), problem: 'octet 0 of the answer begins no parcel' },
    { said: Buffer.from('x'.repeat(5000)), problem: 'octet 0 of the answer begins no parcel' },
  ])('a cut or foreign answer says so: $problem', ({ said, problem }) => {
    expect(readParcels(said).problem).toBe(problem)
  })
})

describe('complaints', () => {
  test('the last one is found by stack and file', () => {
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
