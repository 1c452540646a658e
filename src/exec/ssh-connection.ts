import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { MarkedStream, type RemoteProcess } from './marked-stream.ts'
import { remoteLifeline } from './remote-command.ts'
import { RunError } from './run-error.ts'
import { startSsh, type SshClient, type SshEnd } from './ssh-client.ts'
import { readComplaint } from './ssh-complaint.ts'
import { destination, optionFile, sshArgv, type SshSettings } from './ssh-options.ts'

/** Milliseconds for a connection to end by itself, and then after SIGTERM. */
const patience = 4_000
const lastPatience = 1_000

export const newNonce = (): string => randomBytes(8).toString('hex')

/**
 * One connection that commands share (ControlMaster). Its own session is the lifeline, a process on the other
 * machine that ends the commands of this connection when they are to stop, and when this process is gone in whatever way:
 * its input ends then, and with it ssh and the socket.
 */
export class SshConnection {
  readonly #client: SshClient
  readonly #socket: string
  /** Resolves when commands may run over it; rejects with a RunError that says why none can. */
  readonly opened: Promise<void>
  /** Commands that use it now. */
  sessions = 0
  #lost = false
  /** Commands that were sent and of which it is not known yet whether they began. */
  readonly #beginning = new Set<Promise<void>>()

  constructor(settings: SshSettings, host: string, socket: string) {
    this.#socket = socket
    const nonce = newNonce()
    const master = ['-o', 'ControlMaster=yes', '-o', 'ControlPersist=no', ...this.#control()]
    this.#client = startSsh([...sshArgv(settings, host, master), remoteLifeline(nonce)])
    this.opened = this.#open(nonce, settings, host)
    this.opened.catch(() => undefined)
  }

  /** No command can begin here any more. */
  get lost(): boolean {
    return this.#lost
  }

  /** The options with which a command's own ssh uses this connection; where it is full, that ssh opens one of its own. */
  options(): readonly string[] {
    return ['-o', 'ControlMaster=no', ...this.#control()]
  }

  /** A command is on its way. Call what this returns once it is guarded, or can no longer begin. */
  expect(): () => void {
    let known = (): void => undefined
    const begun = new Promise<void>((resolve) => (known = resolve))
    this.#beginning.add(begun)
    return () => {
      this.#beginning.delete(begun)
      known()
    }
  }

  /** A command that began: it must not outlive us. */
  guard(process: RemoteProcess): void {
    this.#tell('run', process)
  }

  stop(process: RemoteProcess): void {
    this.#tell('stop', process)
  }

  /** Ends whatever still runs over it, and the connection. */
  async close(): Promise<void> {
    this.#lost = true
    // The lifeline can end only what it was told of.
    await this.#within(patience, Promise.all(this.#beginning))
    this.#client.stdin.end()
    if (await this.#within(patience, this.#client.ended)) return
    this.#client.kill('SIGTERM')
    if (await this.#within(lastPatience, this.#client.ended)) return
    this.#client.kill('SIGKILL')
    await this.#client.ended
  }

  #control(): readonly string[] {
    return ['-o', `ControlPath=${optionFile(this.#socket)}`]
  }

  #tell(word: string, { pid, target, born }: RemoteProcess): void {
    this.#client.stdin.write(`${word} ${pid} ${target} ${born}\n`)
  }

  async #within(milliseconds: number, awaited: Promise<unknown>): Promise<boolean> {
    const timer = new AbortController()
    const late = delay(milliseconds, false, { signal: timer.signal }).catch(() => false)
    const inTime = await Promise.race([awaited.then(() => true), late])
    timer.abort()
    return inTime
  }

  #open(nonce: string, settings: SshSettings, host: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const output = new MarkedStream(nonce, { onMark: () => resolve(), onData: () => undefined })
      const words = new Complaint()
      this.#client.stdout.on('data', (chunk: Buffer) => output.write(chunk))
      this.#client.stderr.on('data', (chunk: Buffer) => words.add(chunk))
      void this.#client.ended.then((end) => {
        this.#lost = true
        reject(openingError(end, words.text, settings, host))
      })
    })
  }
}

function openingError(end: SshEnd, said: string, settings: SshSettings, host: string): RunError {
  const where = destination(settings, host)
  const argv = ['ssh', where] as const
  if (end.kind === 'not-started') {
    const output = end.missing
      ? 'ssh is not installed here (Debian: apt-get install openssh-client)'
      : `ssh does not start: ${end.why}`
    return new RunError({ code: end.missing ? 'not-found' : 'failed', where, argv, output })
  }
  const { code, line } = readComplaint(said, { host, settings })
  return new RunError({ code, where, argv, output: line })
}

/** Octets of complaint that are looked at. */
const mostComplaint = 16 * 1024

/** The beginning of what was said. */
class Complaint {
  text = ''
  add(chunk: Buffer): void {
    if (this.text.length < mostComplaint) this.text += chunk.toString('utf8')
  }
}
