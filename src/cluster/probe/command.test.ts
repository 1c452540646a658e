import { describe, expect, test } from 'vitest'
import { probeCommand } from './command.ts'

const request = { count: 2, timeoutMs: 1500 } as const

test('ping gets its numbers in seconds', () => {
  const { command, repeat } = probeCommand({
    ...request,
    protocol: 'icmp',
    target: '192.168.3.143',
    size: 32,
    nonce: '00112233445566778899aabbccddeeff',
  })
  expect(command.join(' ')).toBe(
    'ping -n -c 2 -i 0.2 -W 2 -s 32 -p 00112233445566778899aabbccddeeff 192.168.3.143',
  )
  expect(repeat).toBe(1)
})

test('an IPv6 address in a URL has brackets', () => {
  const { command } = probeCommand({
    ...request,
    protocol: 'http',
    target: 'fd00::1',
    port: 8080,
    path: '/ip',
  })
  expect(command.at(-1)).toBe('http://[fd00::1]:8080/ip')
})

describe('words that a program would take for something else are refused', () => {
  test.each(['-f', '--flood', 'a b', '$(id)', 'a;b', '', 'host\n', '@127.0.0.1', '+short'])(
    'target %j',
    (target) => {
      expect(() => probeCommand({ ...request, protocol: 'icmp', target })).toThrow(
        'neither an address nor a host name',
      )
    },
  )
  test.each([
    { change: { port: 0 }, says: 'the port of a probe' },
    { change: { port: 65536 }, says: 'the port of a probe' },
    { change: { count: 0 }, says: 'the count of a probe' },
    { change: { count: 1e9 }, says: 'the count of a probe' },
    { change: { timeoutMs: Number.NaN }, says: 'the timeout of a probe' },
    { change: { path: 'no-slash' }, says: 'the path of an http probe' },
    { change: { path: '/a b' }, says: 'the path of an http probe' },
  ])('$change', ({ change, says }) => {
    expect(() => probeCommand({ ...request, protocol: 'http', target: 'web', ...change })).toThrow(says)
  })
})
