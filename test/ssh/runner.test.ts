import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { collect } from '../../src/exec/collect.ts'
import { RunError } from '../../src/exec/run-error.ts'
import { runnerContract } from '../../src/exec/runner.contract.ts'
import type { Runner } from '../../src/exec/runner.ts'
import type { SshSettings } from '../../src/exec/ssh-options.ts'
import { sshMachine, type SshMachine } from '../../src/exec/ssh.ts'
import { makeKey, startSshd, type TestSshd } from './sshd.ts'

/** The ssh runner over a real sshd on a loopback port. Needs root, sshd, ssh and sudo. */

/** A busy machine is no failure. */
const patient = { timeout: 30_000 }

let sshd: TestSshd
let directory: string
const machines: SshMachine[] = []
const machine = (settings: SshSettings): SshMachine => {
  const one = sshMachine(settings, '127.0.0.1', directory)
  machines.push(one)
  return one
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'podpath-ssh-test-'))
  sshd = await startSshd({ bashrc: 'echo "a talkative shell"; echo "on both" >&2' })
})
afterAll(async () => {
  await Promise.all(machines.map((one) => one.close()))
  expect(readdirSync(directory)).toEqual([])
  await vi.waitFor(() => expect(sshd.processes(/sshd: (root|traveller)|sleep|sh -c/)).toEqual([]), patient)
  await sshd.end()
  rmSync(directory, { recursive: true })
})

let asRoot: Runner | undefined
let asUser: Runner | undefined
runnerContract('ssh as root', () => (asRoot ??= machine(sshd.root).runner))
runnerContract('ssh as a user with sudo', () => (asUser ??= machine(sshd.user).runner))

const failureOf = async (work: Promise<unknown>): Promise<RunError['failure']> => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof RunError) return error.failure
  throw new Error(`not a RunError: ${String(error)}`)
}

describe('a command', () => {
  test('is root, whoever logged in', async () => {
    expect((await machine(sshd.user).runner.run(['id', '-un'])).stdout).toBe('root\n')
  })

  test.each([
    ['255 is a status like others', ['sh', '-c', 'exit 255'], 255],
    ['a signal’s end is 128 and its number', ['sh', '-c', 'kill -9 $$'], 137],
    ['a file that may not be run is 126', ['/etc/passwd'], 126],
  ] as const)('%s', async (_, argv, exit) => {
    expect((await machine(sshd.root).runner.run(argv)).exit).toBe(exit)
  })

  test('cannot speak for us', async () => {
    const said = await machine(sshd.root).runner.run([
      'sh',
      '-c',
      'echo "#podpath 0123 ended 9"; echo "#podpath" >&2',
    ])
    expect(said).toEqual({ exit: 0, stdout: '#podpath 0123 ended 9\n', stderr: '#podpath\n' })
  })

  test('finds the programs of the system’s directories', async () => {
    expect(
      (await machine(sshd.user).runner.run(['sh', '-c', 'command -v ip tcpdump iptables-save'])).exit,
    ).toBe(0)
  })

  test('octets that are no text come through both outputs', async () => {
    const argv = ['sh', '-c', "printf '\\377\\0\\200'; printf '\\303(' >&2"] as const
    const said = await collect(machine(sshd.user).runner, argv)
    expect([...said.stdout]).toEqual([255, 0, 128])
    expect(said.stderr).toBe('\ufffd(')
  })

  test('megabytes pass in both directions', async () => {
    const octets = Buffer.alloc(8 * 1024 * 1024, 'podpath ')
    const said = await collect(machine(sshd.root).runner, ['cat'], { input: octets })
    expect(octets.equals(Buffer.from(said.stdout))).toBe(true)
  })
})

describe('the end', () => {
  test.each([
    ['as root', () => sshd.root],
    ['with sudo', () => sshd.user],
  ])('of a stopped command is its end on the other machine too, %s', async (_, settings) => {
    const { runner } = machine(settings())
    const running = runner.start(['sh', '-c', 'sleep 4711 & sleep 4711'])
    await expect.poll(() => sshd.processes(/^sleep 4711/).length, patient).toBe(2)
    running.stop()
    expect((await failureOf(running.exit)).code).toBe('aborted')
    await expect.poll(() => sshd.processes(/sleep 4711/), patient).toEqual([])
  })

  test('of a command that does not hear SIGTERM comes with SIGKILL', async () => {
    const { runner } = machine(sshd.user)
    const running = runner.start(['sh', '-c', 'trap "" TERM; echo deaf; sleep 4712; sleep 4712'])
    await new Promise((resolve) => running.stdout.once('data', resolve))
    running.stop()
    await expect.poll(() => sshd.processes(/sleep 4712/), patient).toEqual([])
    await running.exit.catch(() => undefined)
  })

  test('of the machine is the end of all that runs there', async () => {
    const one = machine(sshd.user)
    const running = one.runner.start(['sleep', '4713'])
    await expect.poll(() => sshd.processes(/^sleep 4713/).length, patient).toBe(1)
    await one.close()
    expect(sshd.processes(/sleep 4713/)).toEqual([])
    await running.exit.catch(() => undefined)
  })
})

describe('the end while commands begin', () => {
  test.each(Array.from({ length: 8 }, (_, i) => i * 25))('after %i ms leaves none of them', async (wait) => {
    const one = machine(sshd.user)
    await one.connect()
    const running = one.runner.start(['sleep', '4714'])
    await new Promise((resolve) => setTimeout(resolve, wait))
    await one.close()
    await running.exit.catch(() => undefined)
    await expect.poll(() => sshd.processes(/sleep 4714/), patient).toEqual([])
  })
})

describe('many at once', () => {
  test.each([
    [1, 3],
    [2, 4],
    [10, 24],
  ])('with MaxSessions %i, %i commands run side by side', async (most, count) => {
    const server = await startSshd({ config: [`MaxSessions ${most}`, 'MaxStartups 100'] })
    const one = machine(server.root)
    try {
      const running = Array.from({ length: count }, () => one.runner.start(['cat']))
      for (const [i, { stdin }] of running.entries()) stdin.write(`${i}\n`)
      const heard = await Promise.all(
        running.map(
          ({ stdout }) => new Promise<string>((resolve) => stdout.once('data', (d) => resolve(String(d)))),
        ),
      )
      expect(heard).toEqual(running.map((_, i) => `${i}\n`))
      for (const { stdin } of running) stdin.end()
      expect(await Promise.all(running.map(({ exit }) => exit))).toEqual(running.map(() => 0))
    } finally {
      await one.close()
      await server.end()
    }
  })
})

describe('says in one line what is wrong', () => {
  const told = async (settings: SshSettings, host = '127.0.0.1') => {
    const one = sshMachine(settings, host, directory)
    const { code, output } = await failureOf(one.connect())
    await one.close()
    return { code, output }
  }

  test('an unknown host key', async () => {
    const { code, output } = await told({ ...sshd.root, knownHostsFile: '/dev/null' })
    expect(code).toBe('not-allowed')
    expect(output).toMatch(
      /^the host key of \[127\.0\.0\.1\]:\d+ is not known: .*`ssh-keyscan -p \d+ 127\.0\.0\.1`.*--ssh-known-hosts$/,
    )
  })

  test('a changed host key', async () => {
    const other = join(sshd.directory, 'known other')
    makeKey(join(sshd.directory, 'other'))
    const key = readFileSync(join(sshd.directory, 'other.pub'), 'utf8').split(' ').slice(0, 2).join(' ')
    writeFileSync(other, `[127.0.0.1]:${sshd.root.port} ${key}\n`)
    const { code, output } = await told({ ...sshd.root, knownHostsFile: other })
    expect(code).toBe('not-allowed')
    expect(output).toMatch(/^the host key of .* is not the one in .*known other: .*ssh-keygen -R/)
  })

  test('a key that is not let in', async () => {
    makeKey(join(sshd.directory, 'wrong'))
    const { code, output } = await told({ ...sshd.user, keyFile: join(sshd.directory, 'wrong') })
    expect(code).toBe('not-allowed')
    expect(output).toMatch(/^traveller@127\.0\.0\.1 does not let us in \(publickey\)/)
  })

  test('a port where nobody listens', async () => {
    const { code, output } = await told({ ...sshd.root, port: 1 })
    expect(code).toBe('connection')
    expect(output).toMatch(/^no connection to 127\.0\.0\.1 port 1: Connection refused/)
  })

  test('a name without an address', async () => {
    expect((await told(sshd.root, 'nowhere.invalid')).output).toMatch(
      /^the name nowhere\.invalid has no address/,
    )
  })

  test('ssh that is not installed', async () => {
    const path = process.env['PATH']
    process.env['PATH'] = '/nowhere'
    try {
      expect(await told(sshd.root)).toMatchObject({ code: 'not-found' })
    } finally {
      process.env['PATH'] = path
    }
  })

  test('a sudo that asks for a password', async () => {
    const server = await startSshd({ sudoAsks: true })
    try {
      const { code, output } = await told(server.user)
      expect(code).toBe('not-allowed')
      expect(output).toMatch(/^sudo on 127\.0\.0\.1 asks traveller for a password/)
    } finally {
      await server.end()
    }
  })
})

test('a machine is reached through another, with our key and known hosts for both', async () => {
  const jump = `root@127.0.0.1:${sshd.root.port}`
  expect((await machine({ ...sshd.user, jump }).runner.run(['echo', 'through'])).stdout).toBe('through\n')
})

test('a server that dies in the middle is a lost connection, not a wait', async () => {
  const server = await startSshd()
  const one = machine(server.root)
  const running = one.runner.start(['sh', '-c', 'echo begun; sleep 4714'])
  await new Promise((resolve) => running.stdout.once('data', resolve))
  await server.end()
  expect(await failureOf(running.exit)).toMatchObject({ code: 'connection' })
  expect((await failureOf(one.runner.run(['true']))).code).toBe('connection')
  await one.close()
})
