import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runtimeDirectory } from '../lab/lab.ts'
import { podpath } from '../lab/podpath.ts'

/**
 * A bundle may come from anybody. Whatever is in it, the real command ends with one line that names the file, and the line
 * where it is text, in bounded memory; nothing beside it is written or read.
 */

const runtime = runtimeDirectory()
const labs = join(runtime, 'labs')
beforeAll(() => {
  mkdirSync(labs)
})
afterAll(() => {
  rmSync(runtime, { recursive: true, force: true })
})

const index = '{"version": 1, "stacks": [\n{"id": "a", "dir": "stacks/a"}]}'
const sound: Readonly<Record<string, string>> = {
  'bundle.json': index,
  'stacks/a/link.json': '[]',
  'stacks/a/addr.json': '[]',
  'stacks/a/route.json': '[]',
}

const put = (files: Readonly<Record<string, string>>) => (at: string) => {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(at, name), text)
}
const route = 'stacks/a/route.json'

test.each<{ because: string; spoil: (at: string) => void; says: RegExp }>([
  {
    because: 'the index is cut',
    spoil: put({ 'bundle.json': index.slice(0, -4) }),
    says: /bundle\.json: line 2: not JSON/,
  },
  {
    because: 'the index leads out of the bundle',
    spoil: put({ 'bundle.json': index.replace('stacks/a', '../../etc') }),
    says: /bundle\.json: line 2: the directory of a is not one inside the bundle/,
  },
  {
    because: 'a table is cut',
    spoil: put({ [route]: '[{"dst":\n' }),
    says: /route\.json: line 2: not JSON/,
  },
  {
    because: 'a number is too large',
    spoil: put({ [route]: '[\n{"dst": "default", "dev": "eth0", "metric": 1e40}]' }),
    says: /route\.json: line 2: metric "1e\+40" is no such number/,
  },
  {
    because: 'a file is one line of 100 MB',
    spoil: put({ [route]: 'A'.repeat(100_000_000) }),
    says: /route\.json: it has more than 64 MiB, which is more than podpath reads/,
  },
  {
    because: 'a file is nothing but brackets',
    spoil: put({ [route]: '['.repeat(50_000_000) }),
    says: /route\.json: line 1: lists and objects lie more than 100 deep/,
  },
  {
    because: 'iptables-save is cut',
    spoil: put({ 'stacks/a/iptables-save.txt': '*filter\n:INPUT ACCEPT [0:0]\n' }),
    says: /iptables-save\.txt: line 2: the table "filter" ends without COMMIT/,
  },
  {
    because: 'a file is a link',
    spoil: (at) => {
      rmSync(join(at, route))
      symlinkSync('/etc/passwd', join(at, route))
    },
    says: /route\.json: is a link; links are not followed/,
  },
  {
    because: 'a directory is a link',
    spoil: (at) => symlinkSync('/etc', join(at, 'kubernetes')),
    says: /kubernetes: is not a directory/,
  },
  {
    because: 'a file is a directory',
    spoil: (at) => {
      rmSync(join(at, route))
      mkdirSync(join(at, route))
    },
    says: /route\.json: is not a plain file/,
  },
  {
    because: 'a file is a FIFO that nobody writes to',
    spoil: (at) => {
      rmSync(join(at, route))
      execFileSync('mkfifo', [join(at, route)])
    },
    says: /route\.json: is not a plain file/,
  },
])('exits 2 with one line, because $because', async ({ spoil, says }) => {
  const at = join(runtime, 'bundle')
  mkdirSync(join(at, 'stacks/a'), { recursive: true })
  try {
    put(sound)(at)
    spoil(at)
    // V8's heap may have 200 MB: what needs more ends otherwise than with a line.
    const ended = await podpath(['explain', '--bundle', at, '--from', 'a', '--to', '10.0.0.1', '--json'], {
      runtime: labs,
      environment: { NODE_OPTIONS: '--max-old-space-size=200' },
    })
    expect(ended.stdout).toBe('')
    expect(ended.status, ended.stderr).toBe(2)
    expect(ended.stderr).toMatch(/^podpath: [^\n]*\n$/)
    expect(ended.stderr).toMatch(says)
    expect(readdirSync(labs)).toEqual([])
  } finally {
    rmSync(at, { recursive: true, force: true })
  }
})
