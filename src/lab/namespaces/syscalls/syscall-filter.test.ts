import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { enclosed } from './enclosure.ts'
import { syscallFilter } from './syscall-filter.ts'
import { callNumber } from './syscall-numbers.ts'

/** What the kernel would do with the program: classic BPF as far as the filter has it (seccomp(2)). */
function decide(filter: Buffer, processor: number, call: number, args: readonly number[] = []): string {
  const data = new Map([[0, call], [4, processor], ...args.map((value, i) => [16 + 8 * i, value] as const)])
  let word = 0
  for (let at = 0; at < filter.length; at += 8) {
    const value = filter.readUInt32LE(at + 4)
    switch (filter.readUInt16LE(at)) {
      case 0x20:
        word = data.get(value) ?? 0
        break
      case 0x15:
        at += 8 * filter.readUInt8(at + (word === value ? 2 : 3))
        break
      case 0x35:
        at += 8 * filter.readUInt8(at + (word >= value ? 2 : 3))
        break
      case 0x06:
        return value === 0x7fff0000 ? 'allowed' : value === 0x80000000 ? 'killed' : `error ${value & 0xffff}`
      default:
        throw new Error(`not an instruction of ours: ${filter.readUInt16LE(at)}`)
    }
  }
  throw new Error('the program has no end')
}

describe.each([
  { processor: 'x64', name: 0xc000003e, read: 0, other: 0x40000003 },
  { processor: 'arm64', name: 0xc00000b7, read: 63, other: 0x40000028 },
  { processor: 'riscv64', name: 0xc00000f3, read: 63, other: 0x40000028 },
] as const)('on $processor', ({ processor, name, read, other }) => {
  const filter = syscallFilter(processor)
  const on = (call: number, args: readonly number[] = []) => decide(filter, name, call, args)

  test.each([
    { call: 'keyctl', verdict: 'error 38' },
    { call: 'request_key', verdict: 'error 38' },
    { call: 'io_uring_setup', verdict: 'error 38' },
    { call: 'bpf', verdict: 'error 1' },
    { call: 'open_by_handle_at', verdict: 'error 1' },
    { call: 'finit_module', verdict: 'error 1' },
    { call: 'prctl', verdict: 'allowed' },
  ] as const)('$call: $verdict', ({ call, verdict }) => {
    expect(on(callNumber(processor, call))).toBe(verdict)
  })

  test('of sockets and requests to devices only what belongs to no namespace is refused', () => {
    expect([40, 1, 2, 16].map((family) => on(callNumber(processor, 'socket'), [family]))).toEqual([
      'error 97',
      'allowed',
      'allowed',
      'allowed',
    ])
    expect(
      [0x5412, 0x541c, 0x5413].map((request) => on(callNumber(processor, 'ioctl'), [0, request])),
    ).toEqual(['error 1', 'error 1', 'allowed'])
  })

  test('other calls go on; the calls of another ABI, whose numbers mean other things, do not', () => {
    expect(on(read)).toBe('allowed')
    expect(decide(filter, other, 0)).toBe('killed')
  })
})

test('the numbers of the x32 ABI are no way round', () => {
  expect(decide(syscallFilter('x64'), 0xc000003e, 0x40000000 + 321)).toBe('error 38')
})

test('the kernel takes it, and children keep it', () => {
  const tries = `
    my $no = "\\0" x 128;
    sub try { my ($what, $call, @words) = @_; $! = 0; syscall($call, @words); print "$what ", $! + 0, "\\n" }
    try('keyctl', ${callNumber('x64', 'keyctl')}, 0, -3, 0);
    try('bpf', ${callNumber('x64', 'bpf')}, 0, $no, 0);
    try('vsock', ${callNumber('x64', 'socket')}, 40, 1, 0);
  `
  const limits = 'grep "core file" /proc/self/limits | tr -s " "'
  const words = enclosed(['sh', '-c', `perl -e "$1"; ${limits}`, 'sh', tries])
  const { stdout } = spawnSync('unshare', ['--user', '--map-root-user', ...words], { encoding: 'utf8' })
  if (process.arch === 'x64')
    expect(stdout).toBe('keyctl 38\nbpf 1\nvsock 97\nMax core file size 1 1 bytes \n')
})

test('on a processor whose numbers are not known a program runs as it is', () => {
  expect(enclosed(['true'], 'mips')).toEqual(['true'])
})
