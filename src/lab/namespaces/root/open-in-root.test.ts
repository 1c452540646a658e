import { spawnSync } from 'node:child_process'
import {
  closeSync,
  fstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fc, test } from '@fast-check/vitest'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { openInRoot, openRoot } from './open-in-root.ts'

let outside: string
let root: string
beforeAll(() => {
  outside = mkdtempSync(join(tmpdir(), 'podpath-in-root-'))
  writeFileSync(join(outside, 'secret'), 'of the machine')
  root = join(outside, 'root')
})
afterAll(() => rmSync(outside, { recursive: true }))

/** Makes the tree anew: links by their text, directories by null. */
function plant(entries: readonly (readonly [path: string, link: string | null])[]): void {
  rmSync(root, { recursive: true, force: true })
  mkdirSync(root)
  for (const [path, link] of entries)
    try {
      if (link === null) mkdirSync(join(root, path), { recursive: true })
      else symlinkSync(link, join(root, path))
    } catch (error) {
      // Something has that name already, or a link is where a directory would be: the tree is as random as the rest.
      if (!(error instanceof Error && 'code' in error)) throw error
    }
}

/** Device and inode of what a path leads to, or the error. */
function found(path: string): string {
  const top = openRoot(root)
  try {
    const at = openInRoot(top, path)
    const { dev, ino } = fstatSync(at)
    closeSync(at)
    return `${dev}:${ino}`
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  } finally {
    closeSync(top)
  }
}

/** The same as the kernel tells somebody whose root is that directory. */
const oracle = (paths: readonly string[]): readonly string[] =>
  spawnSync(
    'unshare',
    [
      ...(process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']),
      'perl',
      '-e',
      'use Errno; my $root = shift; chroot $root or die; chdir "/"; for my $p (@ARGV) { my @s = stat $p; print @s ? "$s[0]:$s[1]\\n" : $!{ENOENT} ? "ENOENT\\n" : $!{ENOTDIR} ? "ENOTDIR\\n" : $!{ELOOP} ? "ELOOP\\n" : "other $!\\n" }',
      root,
      ...paths,
    ],
    { encoding: 'utf8' },
  )
    .stdout.trimEnd()
    .split('\n')

describe('a path below a root', () => {
  test.each([
    { link: '/', because: 'an absolute link ends at the root' },
    { link: '../../../..', because: 'so do steps up' },
    { link: '/proc/self/root', because: 'and there is no /proc in it' },
  ])('$because', ({ link }) => {
    plant([['evil', link]])
    expect(found('/evil/secret')).toBe('ENOENT')
    expect(found('/evil/../secret')).toBe('ENOENT')
  })

  test('a link of /proc is text like any other', () => {
    const proc = openRoot('/proc')
    // To the kernel it is a door to that process's root; here, it is the text `/`.
    expect(() => openInRoot(proc, '/self/root/etc')).toThrow('ENOENT')
    closeSync(proc)
  })

  const name = fc.constantFrom('a', 'b', 'c')
  const path = fc
    .array(fc.constantFrom('a', 'b', 'c', '.', '..', ''), { maxLength: 6 })
    .map((parts) => parts.join('/'))
  const entry = fc.tuple(
    fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/')),
    fc.oneof(
      fc.constant(null),
      fc.tuple(fc.boolean(), path).map(([absolute, text]) => (absolute ? `/${text}` : text || 'a')),
    ),
  )
  test.prop([fc.array(entry, { maxLength: 8 }), fc.array(path, { minLength: 1, maxLength: 8 })], {
    numRuns: 150,
  })('leads where the kernel leads somebody whose root that is', (entries, paths) => {
    plant(entries)
    const asked = paths.map((one) => `/${one}`)
    expect(asked.map(found)).toEqual(oracle(asked))
  })

  test('no descriptor is left open, wherever it ends', () => {
    plant([
      ['a/b', null],
      ['a/loop', 'loop'],
      ['a/up', '../../a'],
    ])
    const before = readdirSync('/proc/self/fd').length
    for (const one of ['/a/up/b/../up/b', '/a/loop', '/a/none/x', '/../..//a/./b', '/a/up/up/up']) found(one)
    expect(readdirSync('/proc/self/fd')).toHaveLength(before)
  })

  test('what is missing is made where it is asked for, and not through a link to outside', () => {
    plant([['out', '../..']])
    const top = openRoot(root)
    const owner = process.getuid?.() ?? 0
    closeSync(openInRoot(top, '/x/y/file', { kind: 'file', owner }))
    closeSync(openInRoot(top, '/out/made', { kind: 'directory', owner }))
    closeSync(top)
    expect(readFileSync(join(root, 'x/y/file'), 'utf8')).toBe('')
    expect(readdirSync(root).toSorted()).toEqual(['made', 'out', 'x'])
  })
})
