import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import tar from 'tar-stream'
import { describe, expect, test } from 'vitest'
import { openRecorded } from '../open.ts'
import { type Entry, archive, complaint, fixture, randomText, routes, scratch } from './archives.fixture.ts'

describe('an archive that is not what it should be is refused in one line', () => {
  test.each<[string, readonly Entry[], string, RegExp]>([
    [
      'no collector’s',
      [{ name: 'notes.txt', text: 'hello' }],
      'not-a-bundle',
      /has no networking\/iproute\.txt/,
    ],
    ['upwards', [routes, { name: '../../etc/cron.d/x', text: 'x' }], 'unsafe-path', /outside of itself/],
    ['absolute', [routes, { name: '/etc/passwd', text: 'x' }], 'unsafe-path', /outside of itself/],
    [
      'a link',
      [{ name: 'networking/iproute.txt', type: 'symlink' }],
      'unsafe-path',
      /no plain file but a symlink/,
    ],
    [
      'a hard link',
      [{ name: 'networking/iproute.txt', type: 'link' }],
      'unsafe-path',
      /no plain file but a link/,
    ],
    ['a FIFO', [{ name: 'networking/iproute.txt', type: 'fifo' }], 'unsafe-path', /no plain file but a fifo/],
    ['twice', [routes, routes], 'bad-file', /iproute\.txt: is in the archive twice/],
    ['no route', [{ ...routes, text: '\n\n' }], 'bad-file', /iproute\.txt: line 1: no route/],
    [
      'a route of nothing',
      [{ ...routes, text: 'default via 10.0.0.1 dev eth0\nelephant dev eth0\n' }],
      'bad-file',
      /iproute\.txt: line 2: a destination that is not a prefix/,
    ],
    [
      'a huge metric',
      [{ ...routes, text: 'default dev eth0 metric 99999999999999999999\n' }],
      'bad-file',
      /iproute\.txt: line 1: metric "9{20}" is no such number/,
    ],
    [
      'a huge priority',
      [
        routes,
        {
          name: 'networking/iprule.txt',
          text: '0: from all lookup local\n99999999999: from all lookup main',
        },
      ],
      'bad-file',
      /iprule\.txt: line 2: not a rule/,
    ],
    [
      'a huge MTU',
      [routes, { name: 'networking/ifconfig.txt', text: 'eth0: flags=1<UP>  mtu 9999999999' }],
      'bad-file',
      /ifconfig\.txt: line 1: not an interface/,
    ],
    [
      'a long line',
      [{ ...routes, text: `default dev eth0\n${'x'.repeat(100_000)}` }],
      'bad-file',
      /iproute\.txt: line 2: longer than 65536/,
    ],
    [
      'too much',
      [routes, { name: 'networking/iprule.txt', text: 'from\n'.repeat(1_000_000) }],
      'too-large',
      /iprule\.txt: line \d+: here it has more than 4194304 octets/,
    ],
  ])('%s', async (_what, entries, code, said) => {
    const error = await complaint(await archive(entries))
    expect(error.code).toBe(code)
    expect(error.message).toMatch(said)
    expect(error.message).not.toContain('\n')
  })

  test.each<[string, (packed: Buffer) => Buffer, string, RegExp]>([
    ['cut', (packed) => packed.subarray(0, packed.length >> 1), 'bad-file', /ends in the middle/],
    ['not gzip', () => Buffer.from('<html>not found</html>'), 'not-a-bundle', /is no gzip archive/],
    ['empty', () => Buffer.alloc(0), 'bad-file', /ends in the middle/],
    [
      'damaged',
      (packed) => Buffer.concat([packed.subarray(0, 40), Buffer.alloc(40, 255), packed.subarray(80)]),
      'not-a-bundle',
      /damaged|tar archive/,
    ],
    [
      'gzip of no tar',
      () => gzipSync('no tar '.repeat(1000)),
      'not-a-bundle',
      /cannot be read as a tar archive/,
    ],
  ])('%s', async (_what, change, code, said) => {
    const path = await archive([routes, { name: 'var_log/messages', text: randomText(50_000) }], change)
    const error = await complaint(path)
    expect([error.code, error.message]).toEqual([code, expect.stringMatching(said)])
  })

  test('an archive that unpacks to a thousand times its size is not kept in memory', async () => {
    const octets = 256 * 1024 * 1024
    const pack = tar.pack()
    pack.entry({ name: 'var_log/messages', size: octets })
    const header = await new Promise<Buffer>((done) => pack.once('data', (chunk) => done(chunk as Buffer)))
    pack.destroy()
    const packed = gzipSync(Buffer.concat([header, Buffer.alloc(octets)]), { level: 1 })
    expect(packed.length).toBeLessThan(octets / 200)
    const path = join(scratch, 'bomb.tar.gz')
    writeFileSync(path, packed)
    const before = process.memoryUsage().rss
    expect((await complaint(path)).message).toMatch(/unpacks to more than 100 times its size/)
    expect(process.memoryUsage().rss - before).toBeLessThan(octets / 4)
  })

  test('two archives of one node, a bundle among archives, a directory of neither, nothing at all', async () => {
    expect((await complaint(fixture(1), fixture(1))).message).toMatch(/is of node\/ip-192-168-1-138/)
    expect((await complaint(scratch)).message).toMatch(/no bundle/)
    expect((await complaint(join(scratch, 'none.tar.gz'))).code).toBe('unreadable')
    writeFileSync(join(scratch, 'bundle.json'), '{"version":1,"stacks":[],"wires":[]}')
    expect((await complaint(fixture(1), scratch)).message).toMatch(/give it alone/)
  })

  test('an unpacked archive is read the same, its links are not followed', async () => {
    const { execFileSync } = await import('node:child_process')
    const directory = mkdtempSync(join(scratch, 'unpacked-'))
    execFileSync('tar', ['xzf', fixture(1), '-C', directory])
    const packed = await openRecorded([fixture(1)])
    const unpacked = await openRecorded([directory])
    expect(unpacked.files).toEqual(packed.files)
    rmSync(join(directory, 'networking/iprule.txt'))
    symlinkSync('/etc/passwd', join(directory, 'networking/iprule.txt'))
    expect((await complaint(directory)).code).toBe('unsafe-path')
  })
})
