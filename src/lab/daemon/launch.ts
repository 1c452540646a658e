import { spawn, type ChildProcess } from 'node:child_process'
import { createHash, randomInt } from 'node:crypto'
import { closeSync, existsSync, openSync, readFileSync, realpathSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import type { Budget } from '../namespaces/groups/budget.ts'
import {
  makeControlGroups,
  namePrefix,
  removeControlGroups,
  type ControlGroups,
} from '../namespaces/groups/control-groups.ts'
import { controllers } from '../namespaces/groups/group-place.ts'
import { firstFreeId } from '../namespaces/id-range.ts'
import { baseLayoutScript } from '../namespaces/root/base-layout.ts'
import { enclosed } from '../namespaces/syscalls/enclosure.ts'
import { closeDescriptors, daemonScript, labScript } from '../namespaces/root/lab-script.ts'
import type { Privilege } from '../namespaces/privilege.ts'
import type { LabOptions } from '../plan/topology.ts'
import {
  configurationVariable,
  releaseWord,
  type DaemonConfiguration,
  type DaemonMessage,
} from './configuration.ts'
import { ownProgram } from './programs.ts'
import { findClientPrograms, type ClientPlaces } from '../ssh/client-programs.ts'
import { LabError, type LabProblem } from './lab-error.ts'
import { endProcess, identityVariable } from './record/lab-process.ts'

export interface LaunchOptions {
  readonly lab: LabOptions
  /** The package's directory: what holds dist/. */
  readonly packageRoot: string
  /** Where the programs of the lab's shell are looked for. */
  readonly clients: ClientPlaces
  /** Where the daemon writes what it has to say beside its messages. */
  readonly log: string
  readonly budget: Budget
  /** What the lab's first process is known by. */
  readonly identity: string
  /** Called with the pid of the process whose end is the lab's end, and its control groups. What it throws ends the lab. */
  readonly onStart: (pid: number, groups: ControlGroups | undefined) => void
  readonly progress: (step: string) => void
  readonly signal?: AbortSignal
}

export interface LaunchedLab {
  /** Of the process whose end is the lab's end. */
  readonly pid: number
  readonly ready: Extract<DaemonMessage, { readonly kind: 'ready' }>
  /** Its control groups on this machine; undefined when this user may make none, and nothing holds its memory. */
  readonly groups: ControlGroups | undefined
  /** Settles when the lab is gone. */
  readonly ended: Promise<void>
  /** Lets the lab go on without us. Before this, it ends when this process does, by whatever cause. */
  release(): Promise<void>
  end(): Promise<void>
}

/**
 * Starts a lab: one process tree in its own namespaces. The Kubernetes and AWS ports are opened here, on the host's
 * loopback, and handed down as descriptors: the only thing of the host's network that anything in the lab holds.
 */
export async function launchLab(options: LaunchOptions): Promise<LaunchedLab> {
  const privilege: Privilege = process.getuid?.() === 0 ? 'root' : 'rootless'
  const clientPrograms = [...findClientPrograms(options.clients), ownProgram(options.packageRoot)]
  const binds = clientPrograms.flatMap((one) => (one.kind === 'found' ? one.binds : []))
  const needed = [options.packageRoot, process.execPath, ...binds.map(([from]) => from)].map((path) =>
    realpathSync(path),
  )
  const mountPoint = ['/mnt', '/media', '/srv'].find((path) => existsSync(path) && !holds(path, needed))
  if (mountPoint === undefined) throw new LabError({ kind: 'no-mount-place' })
  const log = openSync(options.log, 'a', 0o600)
  const groups = makeControlGroups(groupName(options.log), options.budget)
  const [kubernetes, aws] = await Promise.all([listen(), listen()])
  const configuration: DaemonConfiguration = {
    options: options.lab,
    ports: { kubernetes: portOf(kubernetes), aws: portOf(aws) },
    packageRoot: options.packageRoot,
    node: process.execPath,
    clientPrograms,
    groups: groups
      ? {
          version: groups.version,
          controllers: controllers.filter((one) => groups.directories[one] !== undefined),
        }
      : null,
  }
  let child: ChildProcess
  try {
    child = spawn(
      'bash',
      [
        ...['--norc', '-c', closeDescriptors(5), 'podpath-lab', 'unshare'],
        ...(privilege === 'rootless' ? ['--user', '--map-root-user', '--map-auto'] : []),
        ...['--mount', '--mount-proc', '--pid', '--fork', '--kill-child'],
        ...enclosed([
          'bash',
          '--norc',
          '-c',
          labScript,
          'podpath-lab',
          daemonScript,
          baseLayoutScript,
          ...binds.flat(),
        ]),
      ],
      {
        detached: true,
        env: {
          PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
          privilege,
          base: mountPoint,
          first: String(privilege === 'root' ? firstFreeId(idFiles(), randomInt) : 0),
          disk: String(options.budget.disk),
          // A tmpfs takes a kibibyte or so for each file, which its size does not count.
          inodes: String(Math.max(16_384, Math.floor(options.budget.disk / 2_048))),
          processes: String(options.budget.processes),
          groups: Object.entries(groups?.directories ?? {})
            .map(([controller, directory]) => `${controller} ${directory}\n`)
            .join(''),
          package: realpathSync(options.packageRoot),
          node: realpathSync(process.execPath),
          [identityVariable]: options.identity,
          [configurationVariable]: JSON.stringify(configuration),
        },
        stdio: ['pipe', log, log, descriptorOf(kubernetes), descriptorOf(aws), 'pipe'],
      },
    )
  } finally {
    // What started holds its own copies now; what did not start must not keep us.
    closeSync(log)
    for (const server of [kubernetes, aws]) server.close()
  }
  const ended = new Promise<void>((resolve) =>
    child.once('exit', () => {
      resolve()
    }),
  )
  const end = async (): Promise<void> => {
    // What could not be started has no pid and no end.
    if (child.pid === undefined) return
    endProcess(child.pid)
    await ended
    if (groups) await endControlGroups(groups)
  }
  const abort = (): void => void end()
  options.signal?.addEventListener('abort', abort, { once: true })
  try {
    const starting = untilReady(child, options)
    starting.catch(() => undefined)
    if (child.pid !== undefined) options.onStart(child.pid, groups)
    const ready = await starting
    return {
      pid: child.pid ?? -1,
      ready,
      groups,
      ended,
      end,
      async release() {
        await new Promise<void>((resolve, reject) => {
          child.stdin?.end(releaseWord, (error?: Error | null) => {
            if (error) reject(error)
            else resolve()
          })
        })
        messagesOf(child).destroy()
        child.unref()
      },
    }
  } catch (error) {
    await end()
    throw error
  } finally {
    options.signal?.removeEventListener('abort', abort)
  }
}

/** How long a lab may take to be ready, in milliseconds: a second or two when the machine is idle, and more for many nodes. */
const patience = (lab: LabOptions): number => 60_000 + lab.nodes * 5_000

function untilReady(
  child: ChildProcess,
  options: LaunchOptions,
): Promise<Extract<DaemonMessage, { readonly kind: 'ready' }>> {
  let timer: NodeJS.Timeout | undefined
  let step: string | null = null
  const ready = new Promise<Extract<DaemonMessage, { readonly kind: 'ready' }>>((resolve, reject) => {
    const wait = patience(options.lab)
    timer = setTimeout(() => {
      reject(new LabError({ kind: 'not-ready', seconds: wait / 1000, step, last: lastWords(options.log) }))
    }, wait)
    child.once('error', (error) => {
      reject(new LabError({ kind: 'not-started', because: error.message }, { cause: error }))
    })
    child.once('exit', () => {
      reject(
        options.signal?.aborted ? new LabError({ kind: 'interrupted' }) : new LabError(whyNot(options.log)),
      )
    })
    createInterface({ input: messagesOf(child) }).on('line', (line) => {
      const message = JSON.parse(line) as DaemonMessage
      if (message.kind === 'progress') {
        step = message.step
        options.progress(step)
      } else if (message.kind === 'ready') resolve(message)
      else reject(new LabError({ kind: 'not-built', because: message.message }))
    })
  })
  return ready.finally(() => {
    clearTimeout(timer)
  })
}

/** Descriptor 5; Node's types know of five descriptors only. */
function messagesOf(child: ChildProcess): Readable {
  const stream: unknown = Reflect.get(child.stdio, 5)
  if (!(stream instanceof Readable)) throw new Error('the lab was started without its message pipe')
  return stream
}

/** The same for the same lab's directory, and another for another's: two labs of one name may be up with different directories. */
const groupName = (log: string): string =>
  `${namePrefix}${createHash('sha256').update(dirname(log)).digest('hex').slice(0, 12)}`

/** Removes a lab's control groups: they can be when the last of its processes is gone, a moment after its first. */
export async function endControlGroups(groups: ControlGroups): Promise<void> {
  for (const until = Date.now() + 5_000; removeControlGroups(groups).length > 0 && Date.now() < until;)
    await new Promise((resolve) => setTimeout(resolve, 10))
}

/** What the machine says of which ids are whose. */
const idFiles = (): readonly string[] =>
  ['/etc/passwd', '/etc/group', '/etc/subuid', '/etc/subgid'].map((path) =>
    existsSync(path) ? readFileSync(path, 'utf8') : '',
  )

/** Whether one of these paths lies below the directory. */
const holds = (directory: string, paths: readonly string[]): boolean =>
  paths.some((path) => path.startsWith(`${directory}/`))

/** What the lab's log ends with. A program that threw says its error above its stack. */
function lastWords(log: string): string {
  const lines = readFileSync(log, 'utf8').trim().split('\n')
  return (lines.findLast((line) => /^\w*Error\b.*: /.test(line)) ?? lines.at(-1)) || 'it said nothing'
}

/** What the lab's last words mean where we know. */
function whyNot(log: string): LabProblem {
  const last = lastWords(log)
  return /unshare: unshare failed: (Operation not permitted|No space left on device)/.test(last)
    ? { kind: 'no-namespaces' }
    : { kind: 'ended-early', last }
}

const listen = (): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen({ host: '127.0.0.1', port: 0, backlog: 511 }, () => {
      resolve(server)
    })
  })

const portOf = (server: Server): number => {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a listening socket has a port')
  return address.port
}

/** Node has no public word for it; `stdio` takes the number. */
function descriptorOf(server: Server): number {
  const handle: unknown = Reflect.get(server, '_handle')
  const fd: unknown = typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'fd') : undefined
  if (typeof fd !== 'number' || fd < 0) throw new Error('a listening socket has a descriptor')
  return fd
}
