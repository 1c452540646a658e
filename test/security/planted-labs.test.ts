import { spawn, type ChildProcess } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { podpath, type Ended } from '../lab/podpath.ts'

/**
 * The attack: another user of the machine makes the directory in which podpath looks for labs, before its owner does, and puts
 * a lab into it whose kubeconfig runs a program and whose process is somebody else's. Tried as root and as a user; the other is
 * a user of another id. What it would have done is a marker and a process of the test's own.
 */

const victim = 23_456
const attacker = 23_457
const isRoot = process.getuid?.() === 0

let base: string
let marker: string
let labs: string
let bystander: ChildProcess
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'podpath-security-'))
  chmodSync(base, 0o1777)
  marker = join(base, 'marker')
  labs = join(base, 'labs')
})
afterEach(() => {
  bystander?.kill('SIGKILL')
  rmSync(base, { recursive: true, force: true })
})

const startTime = (pid: number): string => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
}

/** A process of the victim's that no lab is. */
function startBystander(uid: number): number {
  bystander = spawn('sleep', ['600'], { stdio: 'ignore', uid, gid: uid })
  return bystander.pid ?? -1
}
const isAlive = (): boolean => bystander.exitCode === null && bystander.signalCode === null

/** A lab that never was, in every detail as a podpath that trusts would have it. */
function plant(directory: string, pid: number): void {
  mkdirSync(directory, { recursive: true })
  const program = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: 'sh',
    args: [
      '-c',
      `id -u > ${marker}; echo '{"kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1", "status": {"token": "t"}}'`,
    ],
    interactiveMode: 'Never',
  }
  const kubeconfig = JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:9' } }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'c' } }],
    'current-context': 'c',
    users: [{ name: 'c', user: { exec: program } }],
  })
  for (const file of ['kubeconfig', 'kubeconfig.json']) writeFileSync(join(directory, file), kubeconfig)
  writeFileSync(
    join(directory, 'lab.json'),
    JSON.stringify({
      name: 'default',
      directory: join(base, 'precious'),
      pid,
      startTime: startTime(pid),
      id: '0'.repeat(32),
      state: 'up',
      created: '2026-01-01T00:00:00.000Z',
      options: { name: 'default', seed: 1, ami: 'al2', nodes: 3, subnets: 'public', prefixDelegation: false },
      kubernetes: { name: 'c', server: 'https://127.0.0.1:9', certificateAuthority: 'none', token: 't' },
      aws: { endpoint: 'http://127.0.0.1:9', region: 'r', accessKeyId: 'a', secretAccessKey: 's' },
      environment: {},
      shell: { door: { pid: 2, way: 'root' }, address: '192.168.1.100', environment: {}, withoutSsh: null },
    }),
  )
  mkdirSync(join(base, 'precious'), { recursive: true })
  writeFileSync(join(base, 'precious', 'file'), 'mine')
}

function giveTo(uid: number, path: string, mode: number): void {
  chownSync(path, uid, uid)
  chmodSync(path, mode)
}

const commands = [
  ['lab', 'status'],
  ['lab', 'status', '--name', 'default'],
  ['lab', 'kubeconfig'],
  ['lab', 'shell', '--', 'true'],
  ['lab', 'break', 'forward-rule'],
  ['lab', 'heal'],
  ['lab', 'down'],
  ['verify', '--lab'],
  ['trace', 'a', 'b', '--lab'],
  ['capture', '--lab'],
  ['snapshot', '--lab', '--out', '/nonexistent/out'],
  ['ui', '--lab', '--no-open'],
  ['cleanup', '--lab'],
  ['lab', 'up'],
] as const

const untouched = (): void => {
  expect(existsSync(marker), 'the program of the planted kubeconfig ran').toBe(false)
  expect(isAlive(), 'a process that is no lab was ended').toBe(true)
  if (existsSync(join(base, 'precious'))) expect(existsSync(join(base, 'precious/file'))).toBe(true)
}

const refused = (ended: Ended, place: RegExp): void => {
  expect(ended.status, ended.stderr).toBe(3)
  expect(ended.stdout).toBe('')
  const lines = ended.stderr.split('\n').filter((line) => line.startsWith('podpath: '))
  expect(lines, ended.stderr).toHaveLength(1)
  expect(lines[0]).toMatch(place)
  expect(lines[0]).toMatch(/set PODPATH_RUNTIME_DIR to another directory, of your own$/)
  untouched()
}

describe.each([
  { who: 'root', uid: 0 },
  { who: 'a user', uid: victim },
])('$who, in a directory that somebody else made', ({ uid }) => {
  beforeEach(({ skip }) => {
    skip(!isRoot, 'only root becomes another user')
  })
  const ways: Readonly<Record<string, { make: () => void; says: RegExp }>> = {
    'theirs, closed': {
      make: () => {
        for (const path of [labs, join(labs, 'default')]) giveTo(attacker, path, 0o755)
      },
      says: /labs belongs to user 23457, not to you/,
    },
    'theirs, open to all': {
      make: () => {
        for (const path of [labs, join(labs, 'default')]) giveTo(attacker, path, 0o777)
      },
      says: /labs belongs to user 23457, not to you/,
    },
    'a link of theirs to a directory of theirs': {
      make: () => {
        renameSync(labs, `${labs}-theirs`)
        giveTo(attacker, `${labs}-theirs`, 0o755)
        symlinkSync(`${labs}-theirs`, labs)
        lchownSync(labs, attacker, attacker)
      },
      says: /labs is a link of user 23457/,
    },
    'a link of theirs to a directory of the victim’s': {
      make: () => {
        renameSync(labs, `${labs}-mine`)
        giveTo(uid, `${labs}-mine`, 0o700)
        symlinkSync(`${labs}-mine`, labs)
        lchownSync(labs, attacker, attacker)
      },
      says: /labs is a link of user 23457/,
    },
    'the victim’s own, in one of theirs': {
      make: () => {
        renameSync(labs, `${labs}-kept`)
        mkdirSync(labs)
        renameSync(`${labs}-kept`, join(labs, 'podpath'))
        giveTo(attacker, labs, 0o755)
        giveTo(uid, join(labs, 'podpath'), 0o700)
      },
      says: /labs belongs to user 23457, who may replace what is in it/,
    },
  }

  test.each(Object.keys(ways))('%s: nothing of it is believed', async (name) => {
    const way = ways[name]!
    plant(join(labs, 'default'), startBystander(uid))
    way.make()
    const runtime = existsSync(join(labs, 'podpath')) ? join(labs, 'podpath') : labs
    // Who has no range of ids is told so before a lab is begun.
    for (const words of commands.filter((one) => uid === 0 || one[1] !== 'up'))
      refused(await podpath(words, { runtime, uid }), way.says)
  })
})

describe('a user without XDG_RUNTIME_DIR', () => {
  beforeEach(({ skip }) => {
    skip(!isRoot, 'only root becomes another user')
  })
  const place = `/tmp/podpath-${victim}`
  afterEach(() => {
    rmSync(place, { recursive: true, force: true })
  })

  test('whose directory in /tmp was made by another', async () => {
    plant(join(place, 'default'), startBystander(victim))
    giveTo(attacker, place, 0o755)
    for (const words of [
      ['lab', 'status'],
      ['verify', '--lab'],
      ['lab', 'down'],
    ]) {
      const ended = await podpath(words, {
        runtime: base,
        uid: victim,
        environment: { PODPATH_RUNTIME_DIR: '', TMPDIR: '/tmp' },
      })
      refused(ended, /\/tmp\/podpath-23456 belongs to user 23457, not to you/)
    }
  })

  test('whose XDG_RUNTIME_DIR is another’s, as after su, does not look there', async () => {
    plant(join(labs, 'podpath/default'), startBystander(victim))
    giveTo(attacker, labs, 0o755)
    const ended = await podpath(['lab', 'status'], {
      runtime: base,
      uid: victim,
      environment: { PODPATH_RUNTIME_DIR: '', XDG_RUNTIME_DIR: labs, TMPDIR: '/tmp' },
    })
    expect(ended).toMatchObject({ status: 0, stdout: 'no lab is up: `podpath lab up` starts one\n' })
    untouched()
  })
})

describe('one’s own directory', () => {
  const uid = process.getuid?.() ?? 0

  test('that is open to others is not believed, and it is said how it is closed', async () => {
    plant(join(labs, 'default'), startBystander(uid))
    chmodSync(labs, 0o777)
    for (const words of commands)
      refused(await podpath(words, { runtime: labs }), /others may write to .*labs \(chmod go-w closes it\)/)
  })

  test.each<{ because: string; spoil: () => void; says: RegExp }>([
    {
      because: 'the lab’s directory is a link',
      spoil: () => {
        renameSync(join(labs, 'default'), join(base, 'elsewhere'))
        symlinkSync(join(base, 'elsewhere'), join(labs, 'default'))
      },
      says: /labs\/default is a link/,
    },
    {
      because: 'the lab’s directory is open to others',
      spoil: () => chmodSync(join(labs, 'default'), 0o777),
      says: /others may write to .*labs\/default/,
    },
    {
      because: 'the record is a link',
      spoil: () => {
        renameSync(join(labs, 'default/lab.json'), join(base, 'elsewhere'))
        symlinkSync(join(base, 'elsewhere'), join(labs, 'default/lab.json'))
      },
      says: /lab\.json is a link/,
    },
    {
      because: 'the record is open to others',
      spoil: () => chmodSync(join(labs, 'default/lab.json'), 0o666),
      says: /others may write to .*lab\.json/,
    },
    {
      because: 'the record is a directory',
      spoil: () => {
        rmSync(join(labs, 'default/lab.json'))
        mkdirSync(join(labs, 'default/lab.json'))
      },
      says: /lab\.json is no plain file/,
    },
    {
      because: 'the record has 100 MB',
      spoil: () => writeFileSync(join(labs, 'default/lab.json'), Buffer.alloc(100_000_000, 32)),
      says: /lab\.json has 100000000 octets/,
    },
  ])('is not believed where $because', async ({ spoil, says }) => {
    plant(join(labs, 'default'), startBystander(uid))
    spoil()
    for (const words of [
      ['lab', 'status'],
      ['verify', '--lab'],
      ['lab', 'down'],
    ])
      refused(await podpath(words, { runtime: labs }), says)
  })

  test('with a record of a process that is no lab has no lab: nothing is run, ended or removed', async () => {
    plant(join(labs, 'default'), startBystander(uid))
    expect(await podpath(['lab', 'status'], { runtime: labs })).toMatchObject({
      status: 0,
      stdout: 'no lab is up: `podpath lab up` starts one\n',
    })
    for (const words of [
      ['lab', 'down'],
      ['lab', 'shell', '--', 'true'],
      ['lab', 'kubeconfig'],
    ])
      expect(await podpath(words, { runtime: labs })).toMatchObject({ status: 2, stdout: '' })
    untouched()
  })
})
