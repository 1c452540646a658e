import { mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { layOutVolumes } from './volumes.ts'

let top: string
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'podpath-volumes-'))
})
afterEach(() => {
  rmSync(top, { recursive: true, force: true })
})

const layOut = (volume: string, path: string, subPath?: string) =>
  layOutVolumes(
    { sandbox: join(top, 'sandbox'), kept: join(top, 'kept'), node: join(top, 'node') },
    [{ kind: 'empty', name: volume }],
    [{ volume, path, readOnly: false, ...(subPath === undefined ? {} : { subPath }) }],
  )

test.each([
  { volume: '../../evil', path: '/data', because: 'its name would be a way out of the sandbox' },
  { volume: '..', path: '/data', because: 'so would this' },
  { volume: 'a/b', path: '/data', because: 'a name is one name' },
  { volume: 'data', path: 'data', because: 'a mount path is absolute' },
  { volume: 'data', path: '/data/../etc', because: 'a mount path has no step up' },
  { volume: 'data', path: '/data', subPath: '../../evil', because: 'nor has a path in a volume' },
])('refused, and nothing made outside: $because', ({ volume, path, subPath }) => {
  expect(() => layOut(volume, path, subPath)).toThrow(/^not an? /)
  expect(readdirSync(top).filter((name) => name !== 'kept')).toEqual([])
})

test.each(['/proc/x', '//proc/self/root/x', '/./etc/x', '/usr//bin', '/', '/dev/./shm'])(
  'where links of the machine or the kernel may be on the way, it is mounted step by step: %s',
  (path) => {
    expect(layOut('data', path).kind).toBe('careful')
  },
)

test('a path in an empty directory is found step by step: its pod may have put links there before', () => {
  expect(layOut('data', '/data', 'sub').kind).toBe('careful')
  rmSync(join(top, 'kept/volumes/data/sub'), { recursive: true })
  symlinkSync('../../../outside', join(top, 'kept/volumes/data/sub'))
  layOut('data', '/data', 'sub/x')
  expect(readdirSync(top)).toEqual(['kept'])
  expect(readdirSync(join(top, 'kept/volumes/data/outside'))).toEqual(['x'])
})

test.each([
  ['//data/', '/data'],
  ['/var/run//x', '/run/x'],
])('a path means the same however it is written: %s', (path, to) => {
  expect(layOut('data', path)).toMatchObject({ kind: 'plain', binds: [{ to }] })
})
