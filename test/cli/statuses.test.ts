import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runtimeDirectory } from '../lab/lab.ts'
import { checkout, podpath, startPodpath } from '../lab/podpath.ts'

/**
 * Status 1 means that a packet was lost, and nothing else. Whatever else ends podpath is 2 (the call), 3 (the machine, or a
 * bug) or 130 (a signal), with one line on standard error and no stack.
 */

const runtime = runtimeDirectory()
const labs = join(runtime, 'labs')
/** A bundle of one stack whose only packet is lost: status 1 when all is well with podpath. */
const bundle = join(runtime, 'bundle')
const lossy = ['explain', '--bundle', bundle, '--from', 'a', '--to', '10.0.0.1']

beforeAll(() => {
  mkdirSync(labs)
  mkdirSync(join(bundle, 'stacks/a'), { recursive: true })
  writeFileSync(
    join(bundle, 'bundle.json'),
    '{"version": 1, "created": "2026-01-01T00:00:00Z", "stacks": [{"id": "a", "dir": "stacks/a"}], "wires": []}',
  )
  for (const table of ['link', 'addr', 'route', 'rule', 'neigh'])
    writeFileSync(join(bundle, `stacks/a/${table}.json`), '[]')
})
afterAll(() => {
  rmSync(runtime, { recursive: true, force: true })
})

interface Shown {
  readonly status: number | null
  readonly stderr: string
}

/** Runs a line of bash in which `podpath` is the real command. */
function bash(line: string, environment: Readonly<Record<string, string>> = {}): Shown {
  const { status, stderr, error } = spawnSync(
    'bash',
    ['-c', `podpath() { "${process.execPath}" "${checkout}/bin/podpath.js" "$@"; }; ${line}`],
    {
      encoding: 'utf8',
      timeout: 60_000,
      killSignal: 'SIGKILL',
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: runtime,
        LANG: 'C.UTF-8',
        PODPATH_RUNTIME_DIR: labs,
        ...environment,
      },
    },
  )
  if (error) throw error
  return { status, stderr }
}
const oneLine = /^podpath: [^\n]+\n$/

describe('standard output that takes nothing', () => {
  test.each([
    ['--help'],
    ['--version'],
    ['rbac'],
    ['lab', 'status'],
    lossy,
    [...lossy, '--json'],
    [...lossy, '--output', 'svg'],
  ])('podpath %s … > /dev/full is 3, and says what is full', (...words) => {
    const ended = bash(`podpath ${words.join(' ')} > /dev/full`)
    expect(ended).toEqual({ status: 3, stderr: 'podpath: standard output: no space left on device\n' })
  })

  test('a limit of what may be written is 3, and no signal that kills', () => {
    const ended = bash(`ulimit -f 0; podpath rbac > ${runtime}/limited`)
    expect(ended).toEqual({ status: 3, stderr: 'podpath: standard output: file too large\n' })
  })

  test.each([
    { because: 'nothing is wrong', words: 'rbac', status: 0 },
    { because: 'a packet is lost', words: lossy.join(' '), status: 1 },
  ])('a reader that went away changes nothing: $status, because $because', ({ words, status }) => {
    const ended = bash(`podpath ${words} | { exec <&-; sleep 1; }; exit \${PIPESTATUS[0]}`)
    expect(ended).toEqual({ status, stderr: '' })
  })

  test('nobody hears standard error: the status stays what it is', () => {
    expect(bash(`podpath ${lossy.join(' ')} 2> /dev/full`).status).toBe(1)
    expect(bash('podpath verfy 2> /dev/full').status).toBe(2)
    expect(bash(`podpath ${lossy.join(' ')} > /dev/full 2> /dev/full`).status).toBe(3)
    expect(bash(`podpath ${lossy.join(' ')} >&- 2>&-`).status).toBe(1)
  })
})

describe('--out', () => {
  test('on a full disk is the machine’s: 3', () => {
    const ended = bash(`podpath ${lossy.join(' ')} --out /dev/full`)
    expect(ended).toEqual({ status: 3, stderr: 'podpath: --out /dev/full: no space left on device\n' })
  })

  test.each([
    {
      because: 'its directory is not there',
      out: `${runtime}/absent/file`,
      says: /no such file or directory/,
    },
    { because: 'it is a directory', out: runtime, says: /directory/ },
    {
      because: 'a file stands where a directory should',
      out: `${bundle}/bundle.json/x`,
      says: /not a directory/,
    },
  ])('is the caller’s, because $because: 2', ({ out, says }) => {
    const ended = bash(`podpath ${lossy.join(' ')} --out ${out}`)
    expect(ended.stderr).toMatch(oneLine)
    expect(ended.stderr).toMatch(says)
    expect(ended.status).toBe(2)
  })

  test('where one may not write is 3', async ({ skip }) => {
    skip(process.getuid?.() !== 0, 'only root runs podpath as another user')
    chmodSync(runtime, 0o755)
    const ended = await podpath([...lossy, '--out', join(runtime, 'not-theirs')], {
      runtime: labs,
      uid: 65534,
    })
    expect(ended.stderr).toBe(`podpath: --out ${join(runtime, 'not-theirs')}: permission denied\n`)
    expect(ended.status).toBe(3)
  })

  test('on what is mounted read-only is 3, for files and for directories', ({ skip }) => {
    skip(process.getuid?.() !== 0, 'only root mounts file systems')
    const inside = (line: string): Shown =>
      bash(`unshare -m bash -c 'mount -t tmpfs -o ro none ${labs} && ${line}'`)
    const node = `${process.execPath} ${checkout}/bin/podpath.js`
    expect(inside(`${node} ${lossy.join(' ')} --out ${labs}/file`)).toEqual({
      status: 3,
      stderr: `podpath: --out ${labs}/file: read-only file system\n`,
    })
    expect(inside(`${node} lab export --to eksctl --out ${labs}/directory`)).toEqual({
      status: 3,
      stderr: `podpath: --out ${labs}/directory: read-only file system\n`,
    })
  })
})

describe('too few descriptors', () => {
  test.each([40, 32, 28, 26, 24])('ulimit -n %i is never 1 for a help page', (limit) => {
    const { status, stderr } = bash(`ulimit -n ${limit}; podpath explain --help > /dev/null`)
    if (status === 0) expect(stderr).toBe('')
    else {
      expect(status, stderr).toBe(3)
      expect(stderr).toMatch(oneLine)
      expect(stderr).toMatch(/EMFILE: too many open files.*ulimit -n/)
    }
  })

  test.each([40, 32, 24])('ulimit -n %i: a lost packet is 1 only when it was predicted', (limit) => {
    const { status, stderr } = bash(`ulimit -n ${limit}; podpath ${lossy.join(' ')} > ${runtime}/report`)
    if (status === 1) expect(stderr).toBe('')
    else {
      expect(status, stderr).toBe(3)
      expect(stderr).toMatch(oneLine)
    }
  })

  test.each([30, 40, 60, 200])('ulimit -n %i: a lab does not start: 3, one line, at once', (limit) => {
    const { status, stderr } = bash(`ulimit -n ${limit}; podpath lab up --name few`)
    expect(status, stderr).toBe(3)
    expect(stderr.split('\n').filter((line) => line.startsWith('podpath: '))).toHaveLength(1)
    expect(stderr).not.toMatch(/^\s+at /m)
  })
})

describe('a runtime directory that cannot be used', () => {
  const commands = ['lab up --name nowhere', 'verify --lab=nowhere', 'ui --lab=nowhere --no-open']
  test.each([
    { at: '/proc/nope', says: '/proc/nope cannot be used: no such file or directory' },
    { at: '/proc/nope/deeper', says: '/proc/nope/deeper cannot be used: no such file or directory' },
    { at: '/sys/nope', says: '/sys/nope cannot be used: operation not permitted' },
    { at: '/dev/null', says: '/dev/null is no directory' },
    { at: '/dev/null/nope', says: '/dev/null is no directory' },
    { at: '', says: ' is no directory' },
  ])('$at: one line, 3, at once', ({ at, says }) => {
    const file = join(runtime, 'file')
    writeFileSync(file, '')
    for (const command of commands) {
      const { status, stderr } = bash(`podpath ${command}`, { PODPATH_RUNTIME_DIR: at || file })
      expect(status, stderr).toBe(3)
      expect(stderr.split('\n').filter((line) => line.startsWith('podpath: '))).toEqual([
        expect.stringContaining(says),
      ])
      expect(stderr).toContain('set PODPATH_RUNTIME_DIR to another directory, of your own')
      expect(stderr).not.toMatch(/^\s+at /m)
    }
  })

  test.for([
    { because: 'read-only', mount: '-o ro', fill: '', says: /read-only file system/ },
    {
      because: 'full',
      mount: '-o size=64k',
      fill: `head -c 60k /dev/zero > ${labs}/a; dd if=/dev/zero of=${labs}/b bs=4k count=99 2>/dev/null;`,
      says: /no space left on device/,
    },
    { because: 'without a free inode', mount: '-o nr_inodes=1', fill: '', says: /no space left on device/ },
    { because: 'with one free inode', mount: '-o nr_inodes=2', fill: '', says: /no space left on device/ },
    { because: 'with two free inodes', mount: '-o nr_inodes=3', fill: '', says: /no space left on device/ },
    { because: 'with three free inodes', mount: '-o nr_inodes=4', fill: '', says: /no space left on device/ },
  ])('$because: one line, 3, and nothing of a lab stays', ({ mount, fill, says }, { skip }) => {
    skip(process.getuid?.() !== 0, 'only root mounts file systems')
    for (const command of commands) {
      const left = `ls -A ${labs} | grep -v '^[ab]$'`
      const { status, stderr } = bash(
        `unshare -m bash -c 'mount -t tmpfs ${mount},mode=0700 none ${labs}; ${fill} "$@"; s=$?; ${left} >&2; exit $s' - ${process.execPath} ${checkout}/bin/podpath.js ${command}`,
      )
      expect(status, stderr).toBe(3)
      const lines = stderr.split('\n').filter((line) => !/^(\r?.*Starting a lab.*)?$/.test(line))
      expect(lines).toEqual([expect.stringMatching(says)])
      expect(lines[0]).toMatch(/^podpath: /)
    }
  })
})

describe('an error of podpath’s own', () => {
  /** Goes wrong while podpath is read: by then it must be ready for it. */
  const thrown = {
    'a rejection that nobody awaits': 'Promise.reject(new TypeError("who am I"))',
    'an exception in a callback': 'throw new TypeError("who am I")',
    'something thrown that is no error': 'throw "who am I"',
    'an escape sequence in its message': 'throw new Error("who am I\\u001b]0;X\\u0007")',
  }
  const withBug = (code: string) => ({
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(
      `process.on("newListener", (name) => { if (name === "exit") setImmediate(() => { ${code} }) })`,
    )}`,
  })
  test.each(Object.entries(thrown))('%s is 3 and one line', (_, code) => {
    const { status, stderr } = bash('podpath rbac > /dev/null', withBug(code))
    expect(status, stderr).toBe(3)
    expect(stderr).toMatch(oneLine)
    expect(stderr).toContain('who am I')
    expect(stderr).not.toContain('\u001b')
  })

  test('PODPATH_DEBUG=1 shows the stack', () => {
    const { status, stderr } = bash('podpath rbac > /dev/null', {
      ...withBug(thrown['an exception in a callback']),
      PODPATH_DEBUG: '1',
    })
    expect(status).toBe(3)
    expect(stderr).toMatch(/^\s+at /m)
  })
})

describe('a signal', () => {
  const server = createServer()
  afterAll(() => void server.close())

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    '%s while a cluster is waited for is 130',
    async (name) => {
      const asked = once(server.listening ? server : server.listen(0, '127.0.0.1'), 'connection')
      if (!server.listening) await once(server, 'listening')
      const { port } = server.address() as AddressInfo
      const kubeconfig = join(runtime, 'kubeconfig')
      writeFileSync(
        kubeconfig,
        `clusters: [{name: c, cluster: {server: "https://127.0.0.1:${port}"}}]
users: [{name: u, user: {token: t}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
current-context: x`,
      )
      const started = startPodpath(['verify', '--kubeconfig', kubeconfig], { runtime: labs })
      // It takes the connection and never says a word.
      const [socket] = (await asked) as [Socket]
      started.child.kill(name)
      const ended = await started.ended
      socket.destroy()
      expect({ status: ended.status, stdout: ended.stdout }, ended.stderr).toEqual({
        status: 130,
        stdout: '',
      })
      expect(ended.stderr).toMatch(/Interrupted/)
    },
  )
})
