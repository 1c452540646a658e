import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { Bundle, BundleError } from './bundle.ts'
import { gzippedTar, randomText } from './collector/archives.fixture.ts'
import { openRecorded } from './open.ts'
import { isPackedName, readPackedBundle, writePackedBundle } from './packed.ts'

const scratch = mkdtempSync(join(tmpdir(), 'podpath-packed-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const index =
  '{"version":1,"created":"2026-11-23T00:00:00.000Z","stacks":[{"id":"node/n1","dir":"stacks/n1"}],"wires":[]}'
const bundle: Bundle = {
  index: {
    version: 1,
    created: '2026-11-23T00:00:00.000Z',
    source: 'lab',
    gaps: [],
    stacks: [{ id: 'node/n1', dir: 'stacks/n1' }],
    wires: [],
  },
  files: new Map([
    ['stacks/n1/route.json', '[]\n'],
    ['stacks/n1/link.json', '[]\n'],
    ['stacks/n1/addr.json', '[]\n'],
    ['stacks/n1/iptables-save.txt', '# 파드\n'],
    ['kubernetes/pods.json', '{"items":[]}\n'],
    ['names/answers.json', '{"version":1,"answers":[]}\n'],
  ]),
}
const sorted = (files: ReadonlyMap<string, unknown>) => [...files].toSorted()

interface Entry {
  readonly name: string
  readonly text?: string
  readonly type?: 'symlink' | 'fifo' | 'link' | 'character-device'
}
let made = 0
async function packed(entries: readonly Entry[]): Promise<string> {
  const path = join(scratch, `made-${++made}.podpath.tgz`)
  writeFileSync(path, await gzippedTar(entries))
  return path
}
const complaint = async (path: string): Promise<BundleError> =>
  openRecorded([path]).then(
    () => expect.fail('it was read'),
    (error: unknown) => error as BundleError,
  )

describe('a bundle as one file', () => {
  test('holds what was put into it, is the owner’s alone, and tar(1) lists it', async () => {
    const path = join(scratch, 'one.podpath.tgz')
    await writePackedBundle(bundle, path)
    const read = await openRecorded([path])
    expect(read.index).toEqual(bundle.index)
    expect(sorted(read.files)).toEqual(sorted(bundle.files))
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(execFileSync('tar', ['tzf', path], { encoding: 'utf8' }).split('\n')[0]).toBe('bundle.json')
  })

  test('is the same octets for the same bundle, in whatever order its files came', async () => {
    const [one, other] = [join(scratch, 'a.tgz'), join(scratch, 'b.tgz')]
    await writePackedBundle(bundle, one)
    await writePackedBundle({ ...bundle, files: new Map([...bundle.files].reverse()) }, other)
    expect(readFileSync(one).equals(readFileSync(other))).toBe(true)
  })

  test('has what a run has more beside it, which is no part of the bundle', async () => {
    const path = join(scratch, 'run.podpath.tgz')
    const octets = Uint8Array.of(0, 255, 10)
    await writePackedBundle(
      bundle,
      path,
      new Map<string, string | Uint8Array>([
        ['result.json', '{}'],
        ['capture.pcapng', octets],
      ]),
    )
    const { bundle: read, run } = await readPackedBundle(path)
    expect(sorted(read.files)).toEqual(sorted(bundle.files))
    expect([...run.keys()]).toEqual(['capture.pcapng', 'result.json'])
    expect([...(run.get('capture.pcapng') ?? [])]).toEqual([...octets])
  })

  test('that somebody packed by hand, with ./ and in any order, is read', async () => {
    const path = await packed([
      ...[...bundle.files].map(([name, text]) => ({ name: `./${name}`, text })),
      { name: './bundle.json', text: index },
      { name: './README', text: 'hello' },
    ])
    expect(sorted((await openRecorded([path])).files)).toEqual(sorted(bundle.files))
  })

  test('takes the place of a file, of nothing else, and leaves no half of one', async () => {
    const path = join(scratch, 'again.tgz')
    await writePackedBundle(bundle, path)
    await writePackedBundle(bundle, path)
    const link = join(scratch, 'link.tgz')
    symlinkSync('/etc/passwd', link)
    await expect(writePackedBundle(bundle, link)).rejects.toMatchObject({ code: 'not-written' })
    await expect(writePackedBundle(bundle, '/dev/null')).rejects.toMatchObject({ code: 'not-written' })
    await expect(writePackedBundle(bundle, join(scratch, 'no/such.tgz'))).rejects.toMatchObject({
      code: 'not-written',
    })
    const evil = { ...bundle, files: new Map([['../evil.txt', 'x']]) }
    await expect(writePackedBundle(evil, join(scratch, 'evil.tgz'))).rejects.toMatchObject({
      code: 'unsafe-path',
    })
    expect(readdirSync(scratch).filter((name) => name.endsWith('.part'))).toEqual([])
  })

  test.each([
    ['x.podpath.tgz', true],
    ['x.tar.gz', true],
    ['bundle', false],
    ['x.tgz/', false],
  ])('%s is a name of one: %s', (name, is) => {
    expect(isPackedName(name)).toBe(is)
  })
})

describe('what is refused', () => {
  const first = { name: 'bundle.json', text: index }
  test.each<[string, readonly Entry[], string, RegExp]>([
    [
      'a path upwards',
      [first, { name: '../../etc/cron.d/x', text: 'x' }],
      'unsafe-path',
      /outside of itself/,
    ],
    ['an absolute path', [first, { name: '/etc/passwd', text: 'x' }], 'unsafe-path', /outside of itself/],
    ['a link', [first, { name: 'stacks/n1/link.json', type: 'symlink' }], 'unsafe-path', /but a symlink/],
    ['a hard link', [first, { name: 'stacks/n1/link.json', type: 'link' }], 'unsafe-path', /but a link/],
    ['a FIFO', [first, { name: 'stacks/n1/link.json', type: 'fifo' }], 'unsafe-path', /but a fifo/],
    ['a link as its index', [{ name: 'bundle.json', type: 'symlink' }], 'unsafe-path', /but a symlink/],
    [
      'a device beside it',
      [first, { name: 'run/result.json', type: 'character-device' }],
      'unsafe-path',
      /but a character-device/,
    ],
    [
      'a file twice',
      [first, { name: 'kubernetes/pods.json', text: '{}' }, { name: './kubernetes/pods.json', text: '{}' }],
      'bad-file',
      /twice/,
    ],
    ['a hidden name', [first, { name: 'stacks/n1/.x.json', text: '{}' }], 'unsafe-path', /no path inside/],
    [
      'an index that is none',
      [{ name: 'bundle.json', text: '{"version": 2}' }],
      'bad-index',
      /version 2 is not 1/,
    ],
    [
      'a large index',
      [{ name: 'bundle.json', text: `{"a":"${randomText(17 * 1024 * 1024)}"}` }],
      'too-large',
      /more than 16777216 octets/,
    ],
    [
      'a table that is cut',
      [first, { name: 'kubernetes/pods.json', text: '{"items": [' }],
      'bad-file',
      /line 1/,
    ],
    [
      'nothing of a bundle',
      [{ name: 'notes.txt', text: 'hello' }],
      'not-a-bundle',
      /networking\/iproute\.txt/,
    ],
  ])('%s', async (_what, entries, code, says) => {
    const error = await complaint(await packed(entries))
    expect(error.message).toMatch(says)
    expect(error.code).toBe(code)
    expect(error.message).not.toContain('\n')
  })

  test('a bomb is given up before it is in memory', async () => {
    const octets = 96 * 1024 * 1024
    const path = await packed([first, { name: 'stacks/n1/iptables-save.txt', text: '#'.repeat(octets) }])
    expect(statSync(path).size).toBeLessThan(octets / 200)
    const before = process.memoryUsage().rss
    expect((await complaint(path)).message).toMatch(/unpacks to more than 100 times its size/)
    expect(process.memoryUsage().rss - before).toBeLessThan(octets / 2)
  })

  test('a file that is cut', async () => {
    const path = join(scratch, 'cut.tgz')
    await writePackedBundle(bundle, path)
    const octets = readFileSync(path)
    writeFileSync(path, octets.subarray(0, octets.length - 20))
    expect((await complaint(path)).message).toMatch(/ends in the middle/)
  })

  test('two bundles at once', async () => {
    const path = join(scratch, 'two.tgz')
    await writePackedBundle(bundle, path)
    await expect(openRecorded([path, path])).rejects.toThrow(/give it alone/)
  })
})
