import {
  chmodSync,
  chownSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { findBelow, findOwnDirectory, makeBelow, makeOwnDirectory } from './own-directory.ts'
import { readOwnFile, sizeOfOwnFile, writeOwnFile } from './own-file.ts'

const isRoot = process.getuid?.() === 0
const someone = 23_457

let base: string
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'podpath-own-'))
})
afterEach(() => {
  rmSync(base, { recursive: true, force: true })
})
const at = (path: string) => ({ path: join(base, path), otherwise: 'choose another' })

describe('a directory of one’s own', () => {
  test('is made with all that is missing, for its owner alone', () => {
    expect(findOwnDirectory(at('a/b'))).toBeUndefined()
    expect(makeOwnDirectory(at('a/b')).path).toBe(join(base, 'a/b'))
    for (const one of ['a', 'a/b']) expect(lstatSync(join(base, one)).mode & 0o777).toBe(0o700)
    expect(findOwnDirectory(at('a/b'))?.path).toBe(join(base, 'a/b'))
  })

  test('is found through links that are the user’s or root’s', () => {
    mkdirSync(join(base, 'real'), { mode: 0o700 })
    symlinkSync('real', join(base, 'link'))
    symlinkSync(join(base, 'link'), join(base, 'again'))
    expect(makeOwnDirectory(at('again/x')).path).toBe(join(base, 'real/x'))
  })

  test.each([
    {
      because: 'links lead in a circle',
      make: () => symlinkSync('here', join(base, 'here')),
      says: /in a circle/,
    },
    {
      because: 'it is a file',
      make: () => writeFileSync(join(base, 'here'), ''),
      says: /here is no directory/,
    },
    {
      because: 'others may write to it',
      make: () => openToAll('here'),
      says: /others may write to .*here \(chmod go-w closes it\)/,
    },
  ])('is none where $because', ({ make, says }) => {
    make()
    for (const look of [findOwnDirectory, makeOwnDirectory]) {
      expect(() => look(at('here'))).toThrow(says)
      expect(() => look(at('here'))).toThrow(/; choose another$/)
    }
  })

  test('is none below one that others may write to: they could put another in its place', () => {
    openToAll('open')
    expect(() => makeOwnDirectory(at('open/mine'))).toThrow(
      /others may replace what is in .*open; choose another/,
    )
    chmodSync(join(base, 'open'), 0o1777)
    expect(makeOwnDirectory(at('open/mine')).path).toBe(join(base, 'open/mine'))
  })

  test('that the system refuses is told in one line', () => {
    expect(() => makeOwnDirectory({ path: '/proc/nope/x', otherwise: 'choose another' })).toThrow(
      '/proc/nope/x cannot be used: no such file or directory; choose another',
    )
  })

  test.for([
    { because: 'it is somebody else’s', path: 'theirs', says: /theirs belongs to user 23457, not to you/ },
    {
      because: 'it lies in somebody else’s',
      path: 'theirs/mine',
      says: /theirs belongs to user 23457, who may replace/,
    },
    {
      because: 'somebody else’s link leads to it',
      path: 'sticky/link',
      says: /link is a link of user 23457/,
    },
  ])('is none where $because', ({ path, says }, { skip }) => {
    skip(!isRoot, 'only root gives files to others')
    mkdirSync(join(base, 'theirs/mine'), { recursive: true })
    chownSync(join(base, 'theirs'), someone, someone)
    openToAll('sticky')
    chmodSync(join(base, 'sticky'), 0o1777)
    symlinkSync(join(base, 'theirs/mine'), join(base, 'sticky/link'))
    lchownSync(join(base, 'sticky/link'), someone, someone)
    expect(() => makeOwnDirectory(at(path))).toThrow(says)
  })
})

describe('a file in it', () => {
  test('is replaced as a whole, for its owner alone', () => {
    const own = makeOwnDirectory(at('a'))
    writeOwnFile(own, 'file', 'one')
    writeOwnFile(own, 'file', 'two')
    expect(readOwnFile(own, 'file', 10)).toBe('two')
    expect(sizeOfOwnFile(own, 'file')).toBe(3)
    expect(lstatSync(join(own.path, 'file')).mode & 0o777).toBe(0o600)
    expect(readOwnFile(own, 'other', 10)).toBeUndefined()
  })

  test('that was put aside by another, as a link, is not written through', () => {
    const own = makeOwnDirectory(at('a'))
    writeFileSync(join(base, 'precious'), 'precious')
    symlinkSync(join(base, 'precious'), join(own.path, `.file.${process.pid}`))
    symlinkSync(join(base, 'precious'), join(own.path, 'file'))
    writeOwnFile(own, 'file', 'mine')
    expect(readOwnFile(own, 'file', 10)).toBe('mine')
    expect(lstatSync(join(base, 'precious')).size).toBe(8)
  })

  test('is not read where it is a link, open to others, too large or no file', () => {
    const own = makeOwnDirectory(at('a'))
    writeOwnFile(own, 'file', 'text')
    symlinkSync('file', join(own.path, 'link'))
    makeBelow(own, 'directory')
    expect(() => readOwnFile(own, 'link', 10)).toThrow(/link is a link; choose another/)
    expect(() => readOwnFile(own, 'directory', 10)).toThrow(/is no plain file/)
    expect(() => readOwnFile(own, 'file', 3)).toThrow(/has 4 octets/)
    chmodSync(join(own.path, 'file'), 0o606)
    expect(() => readOwnFile(own, 'file', 10)).toThrow(/others may write to/)
    expect(() => findBelow(own, 'link')).toThrow(/is a link/)
  })
})

function openToAll(name: string): void {
  mkdirSync(join(base, name))
  // What mkdir makes depends on the umask.
  chmodSync(join(base, name), 0o777)
}
