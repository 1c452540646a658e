import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fc, test as property } from '@fast-check/vitest'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { isInside, stackDirectory } from './bundle.ts'
import type { Bundle } from './bundle.ts'
import { readBundle } from './read.ts'
import { damagedTable } from './damaged-table.ts'
import { readIndex } from './read-index.ts'
import { validateBundle } from './validate.ts'
import { writeBundle } from './write.ts'

const bundle: Bundle = {
  index: {
    version: 1,
    created: '2026-11-23T00:00:00.000Z',
    source: 'lab',
    stacks: [
      { id: 'node/n1', dir: 'stacks/node_n1' },
      { id: 'pod/default/a', dir: 'stacks/pod_default_a' },
    ],
    wires: [{ a: ['pod/default/a', 'eth0'], b: ['node/n1', 'enia'] }],
    gaps: [{ at: 'node/n1', what: 'nft.json', because: 'the agent image has no such program' }],
  },
  files: new Map([
    ['stacks/node_n1/link.json', '[]\n'],
    ['stacks/node_n1/addr.json', '[]\n'],
    ['stacks/node_n1/route.json', '[]\n'],
    ['stacks/pod_default_a/iptables-save.txt', '# 파드\n'],
    ['kubernetes/pods.json', '{"items":[]}\n'],
  ]),
}

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'podpath-bundle-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

describe('writing and reading', () => {
  test("what was written is read, twice into the same place, and is the owner's alone", async () => {
    const there = join(directory, 'new', 'bundle')
    await writeBundle({ ...bundle, files: new Map([...bundle.files, ['ec2/vpcs.json', '{}']]) }, there)
    await writeBundle(bundle, there)
    const read = await readBundle(there)
    expect(read.index).toEqual(bundle.index)
    expect([...read.files].sort()).toEqual([...bundle.files].sort())
    expect((await stat(join(there, 'bundle.json'))).mode & 0o777).toBe(0o600)
  })

  test('a directory with something else in it is refused and left as it was', async () => {
    await writeFile(join(directory, 'thesis.txt'), 'years of work')
    await expect(writeBundle(bundle, directory)).rejects.toMatchObject({ code: 'not-empty' })
    expect(await readFile(join(directory, 'thesis.txt'), 'utf8')).toBe('years of work')
  })

  test.each([
    '../evil.txt',
    '/etc/evil',
    'stacks/../../evil',
    'stacks/./x',
    'a//b',
    '.hidden/x',
    'a\\b',
    'a/b/c/d/e/f/g',
    '',
  ])('a file %j is not written', async (path) => {
    const evil = { ...bundle, files: new Map([[path, 'x']]) }
    await expect(writeBundle(evil, join(directory, 'b'))).rejects.toMatchObject({ code: 'unsafe-path' })
    await expect(stat(join(directory, 'b'))).rejects.toThrow()
  })

  test('links in a bundle that is replaced do not lead files elsewhere', async () => {
    const there = join(directory, 'b')
    const elsewhere = join(directory, 'elsewhere')
    await writeBundle(bundle, there)
    await mkdir(elsewhere)
    await rm(join(there, 'stacks'), { recursive: true })
    await symlink(elsewhere, join(there, 'stacks'))
    await writeBundle(bundle, there)
    expect(await readBundle(there).then((read) => read.files.size)).toBe(bundle.files.size)
    await expect(stat(join(elsewhere, 'node_n1'))).rejects.toThrow()
  })

  test.each([
    { link: 'stacks/node_n1/link.json', code: 'unsafe-path' },
    { link: 'stacks', code: 'unsafe-path' },
    { link: 'bundle.json', code: 'unsafe-path' },
  ])('a link at $link is not followed', async ({ link, code }) => {
    const there = join(directory, 'b')
    await writeBundle(bundle, there)
    await rm(join(there, link), { recursive: true })
    await symlink('/etc/passwd', join(there, link))
    await expect(readBundle(there)).rejects.toMatchObject({ code })
  })

  test('what is no bundle says so', async () => {
    await expect(readBundle(directory)).rejects.toMatchObject({ code: 'not-a-bundle' })
    await expect(readBundle('/no/such/place')).rejects.toMatchObject({ code: 'not-a-bundle' })
  })
})

describe('bundle.json that is wrong names its line', () => {
  test.each([
    { text: '{\n  "version": 1,\n  oops\n}', says: 'bundle.json: line 3: not JSON' },
    { text: '[]', says: 'bundle.json: line 1: not an object' },
    { text: '{\n"version": 2,\n"stacks": []}', says: 'line 2: version 2 is not 1' },
    { text: '{"version": 1}', says: 'line 1: stacks is not a list' },
    {
      text: '{"version": 1, "stacks": [\n{"id": "node/a", "dir": "stacks/a"},\n{"id": "node/b",\n "dir": "../b"}]}',
      says: 'line 4: the directory of node/b is not one inside the bundle: "../b"',
    },
    {
      text: '{"version": 1, "stacks": [\n{"id": "a", "dir": "x"},\n{"id": "a", "dir": "y"}]}',
      says: 'line 3: the stack "a" is named twice',
    },
    {
      text: '{"version": 1, "stacks": [\n{"id": "a", "dir": "x"},\n{"id": "b",\n "dir": "x/"}]}',
      says: 'line 4: the directory of b is that of a as well',
    },
    {
      text: JSON.stringify({ version: 1, stacks: Array.from({ length: 20_001 }, () => 1) }),
      says: 'line 1: it has more than 20,000 stacks, which is more than podpath reads',
    },
    {
      text: '{"version": 1, "stacks": [],\n"wires": [\n{"a": ["x", "y"], "b": ["z"]}]}',
      says: 'line 3: end b of wire 1',
    },
  ])('$says', async ({ text, says }) => {
    expect(() => readIndex(text)).toThrow(says)
  })

  property.prop([fc.json()])('and never breaks on any JSON', async (text) => {
    try {
      readIndex(text)
    } catch (error) {
      expect(error).toMatchObject({ name: 'BundleError' })
    }
  })
})

describe('a table that cannot be the kernel’s is told with its line', () => {
  test.each([
    {
      file: 'route.json',
      text: '[{"dst": "default", "dev": "eth0"},\n{"dst": "999.1.1.1/99", "dev": "eth0"}]',
      line: 2,
      says: /not a prefix/,
    },
    {
      file: 'route.json',
      text: '[{"dst": "default", "dev": "eth0", "metric": 1e40}]',
      line: 1,
      says: /no such number/,
    },
    { file: 'route.json', text: '[1]', line: 1, says: /^is not an object/ },
    { file: 'route.txt', text: 'default dev eth0\nelephant dev eth0\n', line: 2, says: /not a prefix/ },
    {
      file: 'rule.json',
      text: '[\n{"priority": 1e30, "src": "all", "table": "main"}]',
      line: 2,
      says: /without a priority/,
    },
    { file: 'link.json', text: '[{"ifname": "eth0", "mtu": 1e308}]', line: 1, says: /without ifname/ },
  ])('$file: $says', async ({ file, text, line, says }) => {
    const files = new Map([[`stacks/pod_default_a/${file}`, text]])
    expect(damagedTable({ ...bundle, files })).toEqual({
      file: `stacks/pod_default_a/${file}`,
      line,
      message: expect.stringMatching(says) as string,
    })
  })
  test('or nothing, where everything can be read', async () => {
    expect(damagedTable(bundle)).toBeNull()
  })
})

test('a bundle is checked as a whole', () => {
  const files = new Map([...bundle.files, ['kubernetes/pods.json', '{"items": [\n1,\n}']])
  const index = { ...bundle.index, wires: [{ a: ['pod/x', 'eth0'], b: ['vpc/v', 'eni-1'] }] as const }
  expect(validateBundle({ index, files })).toEqual([
    { file: 'kubernetes/pods.json', line: 3, message: expect.stringContaining('not JSON') as string },
    {
      file: 'stacks/pod_default_a/link.json',
      line: null,
      message: 'missing: nothing can be predicted through pod/default/a',
    },
    {
      file: 'stacks/pod_default_a/addr.json',
      line: null,
      message: 'missing: nothing can be predicted through pod/default/a',
    },
    {
      file: 'stacks/pod_default_a/route.json',
      line: null,
      message: 'missing: nothing can be predicted through pod/default/a',
    },
    { file: 'bundle.json', line: null, message: 'a wire ends at pod/x, which is no stack of the bundle' },
  ])
})

describe('the directory of a stack', () => {
  const id = fc.string({
    unit: fc.constantFrom('a', 'Z', '0', '/', '_', '.', '-', '%', ' ', '파'),
    minLength: 1,
    maxLength: 20,
  })
  property.prop([id])('is one inside the bundle', (one) => {
    expect(isInside(stackDirectory(one))).toBe(true)
  })
  property.prop([id, id])('belongs to one stack alone', (one, other) => {
    expect(stackDirectory(one) === stackDirectory(other)).toBe(one === other)
  })
})
