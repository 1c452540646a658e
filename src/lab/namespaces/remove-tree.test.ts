import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { removeTree } from './remove-tree.ts'

/** What guests have made, and go on making, is removed, and nothing beside it. */

let base: string
let tree: string
let precious: string
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'podpath-tree-'))
  tree = join(base, 'tree')
  precious = join(base, 'precious')
  for (const at of [tree, precious]) mkdirSync(at)
  for (let i = 0; i < 20; i++) writeFileSync(join(precious, `f${i}`), '')
})
afterEach(() => {
  expect(readdirSync(precious)).toHaveLength(20)
  rmSync(base, { recursive: true, force: true })
})

test('nothing is no error', async () => {
  rmSync(tree, { recursive: true })
  await removeTree(tree)
})

test.each([
  { because: 'a link to a directory', make: () => symlinkSync(precious, join(tree, 'link')) },
  { because: 'a link to nowhere', make: () => symlinkSync('nowhere', join(tree, 'link')) },
  { because: 'files and directories', make: () => mkdirSync(join(tree, 'a/b/c'), { recursive: true }) },
  {
    because: 'a name that is no text',
    make: () => writeFileSync(Buffer.concat([Buffer.from(`${tree}/`), Buffer.of(0xff, 0xfe, 10)]), ''),
  },
  {
    because: 'a socket, a pipe and a file that nobody may read',
    make: () => spawnSync('sh', ['-c', 'mkfifo "$1/p"; : > "$1/f"; chmod 0 "$1/f"', 'sh', tree]),
  },
  {
    because: 'directories deeper than a path can be long, and than descriptors are many',
    make: () =>
      spawnSync('python3', [
        '-c',
        'import os, sys\nos.chdir(sys.argv[1])\nfor _ in range(3000): os.mkdir("deep"); os.chdir("deep")',
        tree,
      ]),
  },
])('$because', async ({ make }) => {
  make()
  expect(readdirSync(tree)).not.toEqual([])
  await removeTree(tree)
  expect(existsSync(tree)).toBe(false)
})

test('itself a link, it is let alone', async () => {
  rmSync(tree, { recursive: true })
  symlinkSync(precious, tree)
  await removeTree(tree)
})

describe('while somebody', () => {
  /** Runs for as long as the test, and says when it has begun. */
  const meanwhile = async (python: string): Promise<() => void> => {
    const child = spawn('python3', [
      '-c',
      `import ctypes, os, time\nos.chdir(${JSON.stringify(tree)})\nlibc = ctypes.CDLL(None)\nprint('begun', flush=True)\nuntil = time.time() + 20\nwhile time.time() < until:\n${python}`,
    ])
    await new Promise((resolve) => child.stdout.once('data', resolve))
    return () => child.kill('SIGKILL')
  }

  test.each(Array.from({ length: 10 }, (_, turn) => turn))(
    'exchanges a directory for a link to what has the same names, only what was there is removed (turn %i)',
    async () => {
      mkdirSync(join(tree, 'x'))
      for (let i = 0; i < 300; i++) writeFileSync(join(tree, `x/f${i}`), '')
      symlinkSync(precious, join(tree, 'y'))
      // RENAME_EXCHANGE
      const stop = await meanwhile(" libc.renameat2(-100, b'x', -100, b'y', 2)")
      await removeTree(tree)
      stop()
      expect(existsSync(tree)).toBe(false)
    },
  )

  test('makes links and directories of the same name, it ends', async () => {
    const stop = await meanwhile(
      ` try:\n  os.symlink(${JSON.stringify(precious)}, 'x'); os.unlink('x'); os.mkdir('x'); os.rmdir('x')\n except OSError: pass`,
    )
    await removeTree(tree)
    stop()
    expect(existsSync(tree)).toBe(false)
  })
})
