import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { copyCheckout } from './checkout.ts'
import { layoutScript } from './layout-script.ts'
import type { Machine } from './machine.ts'

/** Who a newcomer is: root, or somebody who has a range of ids in /etc/subuid. */
export type Account = 'root' | 'user'

/** A Debian of its own in mount, PID, IPC and UTS namespaces; its network is the machine's. */
export interface BareSystem {
  /** Of its first process, on this machine. */
  readonly pid: number
  /** Runs a shell line in the checkout, as the newcomer unless root is asked for. */
  run(line: string, options: RunOptions): Promise<Outcome>
  /** The words that run a command in the checkout there, as the newcomer unless root is asked for. */
  entry(as?: Account): readonly string[]
  /** Ends every process in it; with the last one its files are gone. */
  close(): void
}

export interface RunOptions {
  readonly as?: Account
  /** Milliseconds after which everything that the line started is ended. */
  readonly limit: number
  /** Called with what the line has written so far; gets a way to press Ctrl-C. */
  readonly watch?: (written: string, interrupt: () => void) => void
}

export interface Outcome {
  readonly line: string
  /** 124 as of timeout(1) when the limit was reached. */
  readonly exit: number
  /** Standard output and standard error as they came. */
  readonly written: string
  readonly milliseconds: number
}

const user = { name: 'walker', home: '/home/walker' } as const
const homeOf = (account: Account): string => (account === 'root' ? '/root' : user.home)
const checkoutOf = (account: Account): string => `${homeOf(account)}/podpath`

/** The line's process group has a number that the machine can be told, so that Ctrl-C and the limit reach all of it. */
const inItsOwnGroup = 'echo $$ > /run/bare/"$1"; exec bash -c "$2"'

export async function openBareSystem(
  tarball: string,
  name: string,
  account: Account,
  machine: Machine,
): Promise<BareSystem> {
  const mountPoint = mkdtempSync(join(tmpdir(), 'podpath-bare-'))
  // It ends when we do, by whatever cause, and all that is in the system with it.
  const starter = spawn(
    'setpriv',
    [
      ...['--pdeathsig', 'KILL', 'unshare'],
      ...['--mount', '--pid', '--ipc', '--uts', '--propagation', 'private', '--fork', '--kill-child'],
      ...['sh', '-c', layoutScript, 'podpath-bare', mountPoint, tarball, name],
    ],
    { stdio: ['ignore', 'ignore', 'pipe', 'pipe'] },
  )
  try {
    await ready(starter)
    const pid = onlyChild(starter.pid ?? -1)
    furnish(`/proc/${pid}/root`, account, machine)
    const system = systemAt(pid, account, machine, () => starter.kill('SIGKILL'))
    if (account === 'user') await addUser(system)
    return system
  } catch (error) {
    starter.kill('SIGKILL')
    throw error
  } finally {
    // What is mounted on it is seen by the system alone.
    rmdirSync(mountPoint)
  }
}

function systemAt(pid: number, account: Account, machine: Machine, close: () => void): BareSystem {
  let count = 0
  const enter = ['nsenter', `--target=${pid}`, '--mount', '--pid', '--ipc', '--uts', '--root']
  const entry = (as: Account = account): readonly string[] => [
    ...enter,
    `--wd=/proc/${pid}/root${checkoutOf(account)}`,
    ...(as === 'root' ? [] : ['setpriv', `--reuid=${user.name}`, `--regid=${user.name}`, '--init-groups']),
    ...['env', '-i'],
    ...Object.entries({
      ...machine.environment,
      HOME: homeOf(as),
      USER: as === 'root' ? 'root' : user.name,
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      LANG: 'C.UTF-8',
    }).map(([key, value]) => `${key}=${value}`),
  ]
  return {
    pid,
    entry,
    close,
    async run(line, { as = account, limit, watch }) {
      const began = performance.now()
      const group = String(++count)
      const [program = '', ...words] = [
        ...entry(as),
        ...['setsid', '--wait', 'sh', '-c', inItsOwnGroup, 'sh', group, line],
      ]
      const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'] })
      const signal = (signalName: 'INT' | 'KILL'): void => {
        spawnSync(enter[0] ?? '', [
          ...enter.slice(1),
          ...['bash', '-c', `kill -${signalName} -- -"$(cat /run/bare/${group})"`],
        ])
      }
      let written = ''
      let late = false
      const timer = setTimeout(() => {
        late = true
        signal('KILL')
        // What it put into the background may still hold our pipes.
        setTimeout(() => {
          child.stdout.destroy()
          child.stderr.destroy()
        }, 1_000)
      }, limit)
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (chunk: string) => {
          written += chunk
          watch?.(written, () => {
            signal('INT')
          })
        })
      const exit = await new Promise<number>((resolve, reject) => {
        child.once('error', reject)
        // As a shell tells it: 128 and the signal's number.
        child.once('close', (code, name) => {
          resolve(code ?? 128 + (name === null ? 0 : constants.signals[name]))
        })
      })
      clearTimeout(timer)
      return { line, exit: late ? 124 : exit, written, milliseconds: performance.now() - began }
    },
  }
}

/** node, npm, the machine's way to the registries, and the checkout; nothing else. */
function furnish(root: string, account: Account, machine: Machine): void {
  cpSync(machine.node, `${root}/usr/local/bin/node`)
  cpSync(machine.npm, `${root}/usr/local/lib/node_modules/npm`, { recursive: true, verbatimSymlinks: true })
  for (const name of ['npm', 'npx'])
    symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, `${root}/usr/local/bin/${name}`)
  for (const [path, text] of Object.entries(machine.files)) {
    mkdirSync(dirname(root + path), { recursive: true })
    // Not through a link, which would lead out of the system.
    rmSync(root + path, { force: true })
    writeFileSync(root + path, text)
  }
  // The network is the machine's: no package may start what listens on it (policy-rc.d, Debian's invoke-rc.d).
  writeFileSync(`${root}/usr/sbin/policy-rc.d`, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  mkdirSync(`${root}/run/bare`, { mode: 0o1777 })
  copyCheckout(root + checkoutOf(account))
}

/** useradd gives a range of /etc/subuid and /etc/subgid, where these files are there. */
async function addUser(system: BareSystem): Promise<void> {
  const line = [
    'touch /etc/subuid /etc/subgid',
    'chmod 1777 /run/bare',
    `useradd --create-home --shell /bin/bash ${user.name}`,
    `grep -q ^${user.name}: /etc/subuid`,
    `chown -R ${user.name}: ${user.home}`,
  ].join(' && ')
  const { exit, written } = await system.run(line, { as: 'root', limit: 30_000 })
  if (exit !== 0) throw new Error(`the user could not be made: ${written.trim()}`)
}

function ready(starter: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let complaints = ''
    starter.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      complaints += chunk
    })
    starter.once('error', reject)
    starter.once('close', (code) => {
      reject(
        new Error(
          `the bare system could not be laid out (exit ${code ?? 'by signal'}): ${complaints.trim()}`,
        ),
      )
    })
    starter.stdio[3]?.once('data', () => {
      resolve()
    })
  })
}

function onlyChild(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
  const child = Number(children.trim().split(' ')[0])
  if (!Number.isInteger(child) || child <= 0) throw new Error(`process ${pid} has no child`)
  return child
}
