import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import {
  type ProcessRequest,
  type Sandbox,
  SandboxError,
  type Sandboxes,
  type SandboxProcess,
  type SandboxRequest,
} from '../../src/lab/sandbox.ts'

interface Live {
  readonly request: SandboxRequest
  readonly address: string
  readonly holder: ChildProcess
  readonly pid: number
  readonly processes: Set<ChildProcess>
}

/**
 * Sandboxes that are real network, UTS and mount namespaces with real processes, and nothing more: no addresses
 * but loopback's, no routes. The address that a sandbox tells is the next one of its node's row.
 */
export class NamespaceSandboxes implements Sandboxes {
  readonly #live = new Map<string, Live>()
  readonly #next = new Map<string, number>()
  /** Addresses that a node may give out; creation fails with `no-address` after that many at a time. */
  readonly #perNode: number

  constructor(perNode = 250) {
    this.#perNode = perNode
  }

  get size(): number {
    return this.#live.size
  }

  async create(request: SandboxRequest): Promise<Sandbox> {
    const mine = [...this.#live.values()].filter(
      ({ request: other }) => other.node === request.node && !other.hostNetwork,
    )
    if (!request.hostNetwork && mine.length >= this.#perNode) {
      throw new SandboxError('no-address', `no free address on ${request.node}`)
    }
    const number = (this.#next.get(request.node) ?? 10) + 1
    this.#next.set(request.node, number)
    const third = /-(\d+)-\d+\./.exec(request.node)?.[1] ?? '0'
    const own = request.node.replace(/^ip-([\d-]+)\..*$/, '$1').replaceAll('-', '.')
    const address = request.hostNetwork ? own : (request.address ?? `192.168.${third}.${String(number)}`)
    const holder = spawn(
      'unshare',
      [
        '--net',
        '--uts',
        '--',
        'sh',
        '-c',
        'hostname "$1"; ip link set lo up; echo ready; exec sleep infinity',
        'sh',
        request.hostname,
      ],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    )
    await once(holder.stdout, 'data')
    const pid = holder.pid ?? 0
    this.#live.set(request.uid, { request, address, holder, pid, processes: new Set() })
    const ended = new Promise<void>((resolve) => holder.once('exit', () => resolve()))
    return { uid: request.uid, address, pid, ended }
  }

  /** Its sandboxes share the host's files, so they have no volumes. */
  writeVolume(): void {
    return
  }
  outOfMemory(): number {
    return 0
  }
  async remove(uid: string): Promise<void> {
    const live = this.#live.get(uid)
    if (live === undefined) return
    this.#live.delete(uid)
    for (const child of live.processes) kill(child, 'SIGKILL')
    live.holder.kill('SIGKILL')
    if (live.holder.exitCode === null && live.holder.signalCode === null) await once(live.holder, 'exit')
  }

  spawn(uid: string, request: ProcessRequest): SandboxProcess {
    const live = this.#live.get(uid)
    if (live === undefined) throw new SandboxError('no-sandbox', `no sandbox ${uid}`)
    const inside = ['--target', String(live.pid), '--net', '--uts', '--']
    const tty = request.tty
    // script(1) gives a real terminal; stty sets the size that was asked for.
    const argv =
      tty === undefined
        ? [...inside, ...request.argv]
        : [
            ...inside,
            'script',
            '-qec',
            `stty rows ${String(tty.rows)} cols ${String(tty.columns)}; exec ${request.argv.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')}`,
            '/dev/null',
          ]
    const child = spawn('nsenter', argv, { env: request.env, cwd: request.cwd, detached: true })
    live.processes.add(child)
    const exit = new Promise<number>((resolve, reject) => {
      child.on('error', reject)
      // When its outputs have been read, too.
      child.on('close', (code, signal) => {
        live.processes.delete(child)
        resolve(code ?? (signal === 'SIGKILL' ? 137 : signal === 'SIGTERM' ? 143 : 129))
      })
    })
    return {
      stdin: child.stdin,
      stdout: child.stdout,
      stderr: tty === undefined ? child.stderr : null,
      exit,
      resize: () => undefined,
      signal: (name) => {
        kill(child, name)
      },
    }
  }

  connect(uid: string, port: number): ReturnType<Sandboxes['connect']> {
    const live = this.#live.get(uid)
    if (live === undefined) return Promise.reject(new SandboxError('no-sandbox', `no sandbox ${uid}`))
    // bash's /dev/tcp is the only TCP client that every machine has.
    const script = `exec 3<>/dev/tcp/127.0.0.1/${String(port)} || exit 1; echo ok >&2; cat <&3 & cat >&3; kill $!`
    const child = spawn(
      'nsenter',
      ['--target', String(live.pid), '--net', '--', 'bash', '--norc', '-c', script],
      {
        detached: true,
      },
    )
    live.processes.add(child)
    child.on('exit', () => live.processes.delete(child))
    return new Promise((resolve, reject) => {
      let said = ''
      child.stderr.on('data', (chunk: Buffer) => {
        said += chunk.toString()
        if (!said.startsWith('ok')) return
        resolve({
          readable: child.stdout,
          writable: child.stdin,
          close: () => {
            kill(child, 'SIGKILL')
          },
        })
      })
      child.on('exit', () => {
        reject(new SandboxError('failed', said.trim()))
      })
    })
  }

  async removeAll(): Promise<void> {
    await Promise.all([...this.#live.keys()].map((uid) => this.remove(uid)))
  }
}

function kill(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal)
  } catch {
    // It has ended already.
  }
}

/** Sandboxes that are there at once and run nothing: for measuring the control plane alone. */
export class InstantSandboxes implements Sandboxes {
  readonly uids = new Set<string>()
  #number = 0
  create(request: SandboxRequest): Promise<Sandbox> {
    this.uids.add(request.uid)
    this.#number++
    const address = request.address ?? `192.168.9.${String(this.#number % 250)}`
    return Promise.resolve({ uid: request.uid, address, pid: 1, ended: new Promise(() => undefined) })
  }
  writeVolume(): void {
    return
  }
  outOfMemory(): number {
    return 0
  }
  remove(uid: string): Promise<void> {
    this.uids.delete(uid)
    return Promise.resolve()
  }
  spawn(): SandboxProcess {
    let end: (exit: number) => void = () => undefined
    const exit = new Promise<number>((resolve) => {
      end = resolve
    })
    return {
      stdin: new PassThrough(),
      stdout: new PassThrough(),
      stderr: new PassThrough(),
      exit,
      resize: () => undefined,
      signal: () => {
        end(143)
      },
    }
  }
  connect(): ReturnType<Sandboxes['connect']> {
    // Whoever probes it is told that all is well.
    const stream = new PassThrough()
    const readable = new PassThrough()
    stream.once('data', () => readable.end('HTTP/1.1 200 OK\r\n\r\n'))
    return Promise.resolve({ readable, writable: stream, close: () => stream.destroy() })
  }
}
